/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/output_file.h"

bool output_is_input(const char *path, const char *const *inputs, size_t count)
{
	struct stat out, in;

	if (!path || stat(path, &out) < 0 || !S_ISREG(out.st_mode))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (inputs[i] && stat(inputs[i], &in) == 0 && in.st_dev == out.st_dev &&
		    in.st_ino == out.st_ino) {
			complain("%s is read, too: name another file to write", path);
			return true;
		}
	}
	return false;
}

static int give_up(const char *path, struct kpu_error *error)
{
	const char *reason = strerror(errno);

	fail(error, KPU_ERR_IO, "cannot write %s: %s", path, reason);
	snprintf(error->next_step, sizeof(error->next_step),
		 "check that the folder exists, may be written and has room");
	return -KPU_ERR_IO;
}

char *output_target(const char *path)
{
	struct stat status, opened;
	char *target;
	int fd;

	if (lstat(path, &status) < 0 || !S_ISLNK(status.st_mode) ||
	    (stat(path, &status) == 0 && !S_ISREG(status.st_mode)))
		return strdup(path);
	/* The kernel follows no link that somebody has laid in a folder of all (proc_sys_fs(5),
	 * protected_symlinks), which realpath() would. */
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return NULL;
	target = realpath(path, NULL);
	if (target && (fstat(fd, &opened) < 0 || stat(target, &status) < 0 ||
		       opened.st_dev != status.st_dev || opened.st_ino != status.st_ino)) {
		free(target);
		target = NULL;
		errno = ENOENT;
	}
	close(fd);
	return target;
}

/* A regular file is made beside its name, so it is the folder that counts. */
static bool may_write(const char *path)
{
	struct stat status;
	char *target, *slash;
	bool may;

	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		errno = EISDIR;
		return !S_ISDIR(status.st_mode) && access(path, W_OK) == 0;
	}
	target = output_target(path);
	if (!target)
		return false;
	slash = strrchr(target, '/');
	if (slash)
		slash[1] = 0;
	may = access(slash ? target : ".", W_OK | X_OK) == 0;
	free(target);
	return may;
}

int output_check(const char *path)
{
	struct kpu_error error;

	if (!path || !strcmp(path, "-") || may_write(path))
		return EXIT_OK;
	give_up(path, &error);
	return report_error(&error);
}

static bool write_and_close(FILE *file, const void *data, size_t size)
{
	bool good = file && fwrite(data, 1, size, file) == size;

	if (!file)
		return false;
	/* Closing a full disk's file is where the error shows. */
	return (fclose(file) == 0) & good;
}

/* Beside the target, so that renaming stays within one file system. False: errno says why. */
static bool replace(const char *target, const void *data, size_t size)
{
	mode_t mask = umask(0);
	char name[4096];
	int fd, saved;

	umask(mask);
	if (snprintf(name, sizeof(name), "%s.XXXXXX", target) >= (int)sizeof(name)) {
		errno = ENAMETOOLONG;
		return false;
	}
	fd = mkstemp(name);
	if (fd < 0)
		return false;
	fchmod(fd, 0666 & ~mask);
	if (write_and_close(fdopen(fd, "wb"), data, size) && rename(name, target) == 0)
		return true;
	saved = errno;
	unlink(name);
	errno = saved;
	return false;
}

int output_write(const char *path, const void *data, size_t size, struct kpu_error *error)
{
	struct stat status;
	char *target;
	bool done;

	if (!strcmp(path, "-")) {
		if (fwrite(data, 1, size, stdout) == size && fflush(stdout) == 0)
			return 0;
		return give_up("to standard output", error);
	}
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		if (S_ISDIR(status.st_mode)) {
			errno = EISDIR;
			return give_up(path, error);
		}
		return write_and_close(fopen(path, "wb"), data, size) ? 0 : give_up(path, error);
	}
	target = output_target(path);
	done = target && replace(target, data, size);
	if (!done)
		give_up(path, error);
	free(target);
	return done ? 0 : -KPU_ERR_IO;
}
