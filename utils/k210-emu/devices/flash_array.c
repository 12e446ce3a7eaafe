/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/devices/flash_array.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536u

bool flash_array_init(struct flash_array *array, uint32_t size)
{
	array->inverted = calloc(1, size);
	array->size = size;
	array->fd = -1;
	return array->inverted != NULL;
}

void flash_array_free(struct flash_array *array)
{
	if (array->fd >= 0)
		close(array->fd);
	free(array->inverted);
}

static bool write_out(const struct flash_array *array, uint32_t address, size_t size)
{
	uint8_t chunk[CHUNK];

	while (array->fd >= 0 && size) {
		size_t part = size < CHUNK ? size : CHUNK;
		ssize_t written;

		for (size_t i = 0; i < part; i++)
			chunk[i] = (uint8_t)~array->inverted[address + i];
		written = pwrite(array->fd, chunk, part, address);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		address += (uint32_t)written;
		size -= (size_t)written;
	}
	return true;
}

static bool read_in(struct flash_array *array, uint32_t *have)
{
	uint8_t chunk[CHUNK];

	*have = 0;
	while (*have < array->size) {
		ssize_t got = pread(array->fd, chunk, CHUNK, *have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		for (ssize_t i = 0; i < got && *have < array->size; i++, (*have)++) {
			if (chunk[i] != 0xff)
				array->inverted[*have] = (uint8_t)~chunk[i];
		}
	}
	return true;
}

static const char *take_file(struct flash_array *array, int fd)
{
	struct stat status;
	uint32_t have;

	if (fstat(fd, &status))
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "not a regular file";
	if (status.st_size > (off_t)array->size)
		return "the file is larger than the flash";
	if (flock(fd, LOCK_EX | LOCK_NB))
		return "another emulator uses the file";
	array->fd = fd;
	if (!read_in(array, &have) || !write_out(array, have, array->size - have))
		return strerror(errno);
	return NULL;
}

const char *flash_array_open(struct flash_array *array, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	const char *problem;

	if (fd < 0)
		return strerror(errno);
	problem = take_file(array, fd);
	if (problem) {
		array->fd = -1;
		close(fd);
	}
	return problem;
}

uint8_t flash_array_byte(const struct flash_array *array, uint32_t address)
{
	return (uint8_t)~array->inverted[address & (array->size - 1)];
}

void flash_array_read(const struct flash_array *array, uint32_t address, void *bytes, size_t size)
{
	uint8_t *to = bytes;

	for (size_t i = 0; i < size; i++)
		to[i] = flash_array_byte(array, address + (uint32_t)i);
}

bool flash_array_program(struct flash_array *array, uint32_t address, const uint8_t *bytes,
			 size_t size)
{
	for (size_t i = 0; i < size; i++)
		array->inverted[address + i] |= (uint8_t)~bytes[i];
	return write_out(array, address, size);
}

static bool is_erased(const struct flash_array *array, uint32_t address, size_t size)
{
	const uint8_t *cells = array->inverted + address;

	return size == 0 || (cells[0] == 0 && !memcmp(cells, cells + 1, size - 1));
}

bool flash_array_erase(struct flash_array *array, uint32_t address, size_t size)
{
	bool ok = true;

	while (size) {
		size_t part = size < CHUNK ? size : CHUNK;

		if (!is_erased(array, address, part)) {
			memset(array->inverted + address, 0, part);
			ok &= write_out(array, address, part);
		}
		address += (uint32_t)part;
		size -= part;
	}
	return ok;
}
