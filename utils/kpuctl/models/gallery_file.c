/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/input_file.h"
#include "utils/kpuctl/models/gallery.h"
#include "utils/kpuctl/output_file.h"

#define HOLD_TRIES 250

int gallery_hold(const char *path, struct kpu_error *error)
{
	static const struct timespec pause = { .tv_nsec = 20000000 };
	char *target = output_target(path), *slash = target ? strrchr(target, '/') : NULL;
	int fd;

	if (slash)
		slash[1] = 0;
	fd = open(slash ? target : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(target);
	if (fd < 0)
		return 0;
	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK; i++) {
		if (i == HOLD_TRIES) {
			close(fd);
			return fail(error, KPU_ERR_BUSY, "another program is changing %s", path);
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}

void gallery_release(int held)
{
	if (held > 0)
		close(held);
}

int gallery_read(const char *path, struct gallery *gallery, struct kpu_error *error)
{
	FILE *file = input_file_open_at_once(path);
	uint8_t *data = NULL;
	size_t size = 0, room = 0;
	struct kpu_error inner;
	int rc;

	memset(gallery, 0, sizeof(*gallery));
	if (!file) {
		fail(error, KPU_ERR_READ_FILE, "cannot open %s: %s", path, strerror(errno));
		snprintf(error->next_step, sizeof(error->next_step),
			 "kpuctl face enroll makes it; -g names another gallery");
		return -KPU_ERR_READ_FILE;
	}
	do {
		uint8_t *grown = realloc(data, room += 65536);

		if (!grown)
			break;
		data = grown;
		size += fread(data + size, 1, room - size, file);
	} while (size == room && size <= GALLERY_BYTES_MAX);
	fclose(file);
	rc = data ? gallery_parse(data, size, gallery, &inner) : -KPU_ERR_HOST_MEMORY;
	free(data);
	if (rc < 0)
		fail(error, -rc, "%s: %s", path,
		     rc == -KPU_ERR_HOST_MEMORY ? "no memory" : inner.message);
	if (rc < 0 && rc != -KPU_ERR_HOST_MEMORY)
		snprintf(error->next_step, sizeof(error->next_step),
			 "name a gallery with -g, or enroll the faces anew in another file");
	return rc;
}

int gallery_write(const char *path, const struct gallery *gallery, struct kpu_error *error)
{
	size_t size;
	uint8_t *data = gallery_encode(gallery, &size);
	int rc;

	if (!data)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for the gallery");
	rc = output_write(path, data, size, error);
	free(data);
	return rc;
}
