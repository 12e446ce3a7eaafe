/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/file.h"

static int fail_errno(struct kpu_error *error, const char *what, const char *path)
{
	char reason[64];
	int number = errno;

	return kpu_fail(error, KPU_ERR_READ_FILE, "cannot %s %s: %s", what, path,
			strerror_r(number, reason, sizeof(reason)));
}

static int read_all(int fd, const char *path, uint8_t *data, size_t size, struct kpu_error *error)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(error, "read", path);
		if (n == 0)
			return kpu_fail(error, KPU_ERR_READ_FILE, "%s became shorter while read",
					path);
		done += (size_t)n;
	}
	return 0;
}

static int read_fd(int fd, const char *path, size_t limit, uint8_t **data, size_t *size,
		   struct kpu_error *error)
{
	struct stat status;
	int rc;

	if (fstat(fd, &status) < 0)
		return fail_errno(error, "examine", path);
	if (!S_ISREG(status.st_mode))
		return kpu_fail(error, KPU_ERR_READ_FILE, "%s is not a file", path);
	if (status.st_size <= 0)
		return kpu_fail(error, KPU_ERR_READ_FILE, "%s is empty", path);
	if ((uint64_t)status.st_size > limit)
		return kpu_fail(error, KPU_ERR_READ_FILE, "%s has %lld bytes, %zu are possible",
				path, (long long)status.st_size, limit);
	*size = (size_t)status.st_size;
	*data = malloc(*size);
	if (!*data)
		return kpu_fail_memory(error);
	rc = read_all(fd, path, *data, *size, error);
	if (rc < 0) {
		free(*data);
		*data = NULL;
	}
	return rc;
}

int kpu_file_read(const char *path, size_t limit, uint8_t **data, size_t *size,
		  struct kpu_error *error)
{
	/* Without O_NONBLOCK a FIFO could block for ever. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	*data = NULL;
	*size = 0;
	if (fd < 0)
		return fail_errno(error, "open", path);
	rc = read_fd(fd, path, limit, data, size, error);
	close(fd);
	return rc;
}
