/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/flash/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/output_file.h"

/* 8 bytes of magic, u32 count, u32 CRC-32 of all that follows; then for each segment u32 address,
 * u32 size, its name, its data; then a u32 for each piece: what lay there before, see plan.h. */
#define MAGIC         "KPUFLJ2"
#define HEADER_BYTES  16u
#define BEFORE_BYTES  4u
#define SEGMENT_BYTES (8u + FLASH_NAME_BYTES)
#define JOURNAL_MAX   (40u << 20)

static const char *state_folder(char *text, size_t size)
{
	const char *given = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (given && *given == '/')
		snprintf(text, size, "%s/kpu", given);
	else if (geteuid() == 0)
		snprintf(text, size, "/var/lib/kpu");
	else if (home && *home == '/')
		snprintf(text, size, "%s/.local/state/kpu", home);
	else
		return NULL;
	return text;
}

bool flash_journal_path(const struct kpu_flash_info *info, char *path, size_t size)
{
	char folder[3000];

	if (!state_folder(folder, sizeof(folder)))
		return false;
	return snprintf(path, size, "%s/flash-%06x-%016llx.journal", folder, info->jedec_id,
			(unsigned long long)info->unique_id) < (int)size;
}

static void make_folders(const char *path)
{
	char folder[4096];

	snprintf(folder, sizeof(folder), "%s", path);
	for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(folder, 0755);
		*slash = '/';
	}
}

static uint8_t *encode(const struct flash_plan *plan, size_t *size)
{
	size_t pieces = plan->before ? flash_plan_pieces(plan) : 0;
	uint8_t *bytes, *at;

	*size = HEADER_BYTES + plan->count * SEGMENT_BYTES + flash_plan_bytes(plan) +
		pieces * BEFORE_BYTES;
	bytes = calloc(1, *size);
	if (!bytes)
		return NULL;
	memcpy(bytes, MAGIC, sizeof(MAGIC));
	kpu_put_u32(bytes + 8, (uint32_t)plan->count);
	at = bytes + HEADER_BYTES;
	for (size_t i = 0; i < plan->count; i++) {
		const struct flash_segment *segment = &plan->segments[i];

		kpu_put_u32(at, segment->address);
		kpu_put_u32(at + 4, segment->size);
		memcpy(at + 8, segment->name, FLASH_NAME_BYTES);
		memcpy(at + SEGMENT_BYTES, segment->data, segment->size);
		at += SEGMENT_BYTES + segment->size;
	}
	for (size_t i = 0; i < pieces; i++)
		kpu_put_u32(at + i * BEFORE_BYTES, plan->before[i]);
	kpu_put_u32(bytes + 12,
		    kpu_crc32(KPU_CRC32_START, bytes + HEADER_BYTES, *size - HEADER_BYTES));
	return bytes;
}

static bool to_disk(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return good;
}

int flash_journal_save(const char *path, const struct flash_plan *plan, struct kpu_error *error)
{
	size_t size;
	uint8_t *bytes = encode(plan, &size);
	int rc;

	if (!bytes)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for %zu bytes", size);
	make_folders(path);
	rc = output_write(path, bytes, size, error);
	free(bytes);
	if (rc == 0 && !to_disk(path))
		rc = fail(error, KPU_ERR_IO, "cannot write %s: %s", path, strerror(errno));
	return rc;
}

bool flash_journal_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

void flash_journal_remove(const char *path)
{
	unlink(path);
}

/* -1: another process has it. */
static int lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool flash_journal_hold(const char *path)
{
	return lock(path) >= 0;
}

bool flash_journal_held(const char *path)
{
	int fd = lock(path);

	if (fd >= 0)
		close(fd);
	return fd < 0 && flash_journal_exists(path);
}

static uint8_t *read_file(const char *path, size_t *size)
{
	struct stat status;
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;

	*size = 0;
	if (!file)
		return NULL;
	if (fstat(fileno(file), &status) == 0 && status.st_size >= (off_t)HEADER_BYTES &&
	    status.st_size <= (off_t)JOURNAL_MAX) {
		*size = (size_t)status.st_size;
		bytes = malloc(*size);
		if (bytes && fread(bytes, 1, *size, file) != *size) {
			free(bytes);
			bytes = NULL;
		}
	}
	fclose(file);
	return bytes;
}

/* A plan that nobody looked for has none. */
static int decode_before(const uint8_t *bytes, size_t size, struct flash_plan *plan,
			 struct kpu_error *error)
{
	size_t pieces = flash_plan_pieces(plan);

	if (size == 0)
		return 0;
	if (size != pieces * BEFORE_BYTES)
		return fail(error, KPU_ERR_CHECKSUM, "it is damaged");
	plan->before = calloc(pieces, sizeof(*plan->before));
	if (!plan->before)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for %zu numbers", pieces);
	for (size_t i = 0; i < pieces; i++)
		plan->before[i] = kpu_get_u32(bytes + i * BEFORE_BYTES);
	return 0;
}

static int decode(const uint8_t *bytes, size_t size, struct flash_plan *plan,
		  struct kpu_error *error)
{
	uint32_t count = kpu_get_u32(bytes + 8);
	size_t at = HEADER_BYTES;
	int rc = 0;

	if (memcmp(bytes, MAGIC, sizeof(MAGIC)) != 0 || count > FLASH_SEGMENTS_MAX ||
	    kpu_get_u32(bytes + 12) !=
		    kpu_crc32(KPU_CRC32_START, bytes + HEADER_BYTES, size - HEADER_BYTES))
		return fail(error, KPU_ERR_CHECKSUM, "it is damaged");
	for (uint32_t i = 0; i < count && rc == 0; i++) {
		char name[FLASH_NAME_BYTES + 1] = "";
		uint32_t length;

		if (size - at < SEGMENT_BYTES)
			return fail(error, KPU_ERR_CHECKSUM, "it is damaged");
		length = kpu_get_u32(bytes + at + 4);
		if (length > size - at - SEGMENT_BYTES)
			return fail(error, KPU_ERR_CHECKSUM, "it is damaged");
		memcpy(name, bytes + at + 8, FLASH_NAME_BYTES);
		rc = flash_plan_add(plan, kpu_get_u32(bytes + at), bytes + at + SEGMENT_BYTES,
				    length, name, error);
		at += SEGMENT_BYTES + length;
	}
	return rc < 0 ? rc : decode_before(bytes + at, size - at, plan, error);
}

int flash_journal_load(const char *path, struct flash_plan *plan, struct kpu_error *error)
{
	struct kpu_error inner;
	uint8_t *bytes;
	size_t size;
	int rc;

	plan->count = 0;
	bytes = read_file(path, &size);
	if (!bytes)
		return fail(error, KPU_ERR_READ_FILE, "%s cannot be read", path);
	rc = decode(bytes, size, plan, &inner);
	free(bytes);
	if (rc < 0) {
		flash_plan_free(plan);
		fail(error, -rc, "%s: %s", path, inner.message);
	}
	return rc;
}
