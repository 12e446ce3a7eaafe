/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/kpuctl/failure.h"

#define FIRST_BYTES ((size_t)64 << 10)
#define MIB         ((size_t)1 << 20)

/* Files, pipes, devices: until the end, as long as it is not too much. */
static int read_stream(FILE *file, const char *name, size_t most, uint8_t **data, size_t *size,
		       struct kpu_error *error)
{
	size_t room = 0, got;

	do {
		if (*size == room) {
			uint8_t *more = realloc(*data, room = room ? 2 * room : FIRST_BYTES);

			if (!more)
				return fail(error, KPU_ERR_HOST_MEMORY, "no memory to read %s",
					    name);
			*data = more;
		}
		got = fread(*data + *size, 1, room - *size, file);
		*size += got;
		if (*size > most)
			return fail(error, KPU_ERR_READ_FILE, "%s has more than %zu %s", name,
				    most % MIB ? most : most / MIB, most % MIB ? "bytes" : "MiB");
	} while (got);
	if (ferror(file))
		return fail(error, KPU_ERR_READ_FILE, "cannot read %s: %s", name, strerror(errno));
	if (!*size)
		return fail(error, KPU_ERR_READ_FILE, "%s is empty", name);
	return 0;
}

FILE *input_file_open_at_once(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "rb");

	if (fd >= 0 && !file)
		close(fd);
	return file;
}

int input_file_read(const char *path, size_t most, uint8_t **data, size_t *size,
		    struct kpu_error *error)
{
	bool is_input = !strcmp(path, "-");
	FILE *file = is_input ? stdin : fopen(path, "rb");
	int rc;

	*data = NULL;
	*size = 0;
	if (!file)
		return fail(error, KPU_ERR_READ_FILE, "cannot open %s: %s", path, strerror(errno));
	rc = read_stream(file, is_input ? "standard input" : path, most, data, size, error);
	if (!is_input)
		fclose(file);
	return rc;
}
