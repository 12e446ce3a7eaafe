/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/boards/system_file.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "utils/kpuctl/failure.h"

static bool make_path(char *path, const char *root, const char *format, va_list arguments)
{
	int start = snprintf(path, SYSTEM_PATH_BYTES, "%s", root), length;

	if (start < 0 || start >= SYSTEM_PATH_BYTES)
		return false;
	length = vsnprintf(path + start, SYSTEM_PATH_BYTES - (size_t)start, format, arguments);
	return length >= 0 && start + length < SYSTEM_PATH_BYTES;
}

bool system_read(const char *root, char *text, size_t size, const char *format, ...)
{
	char path[SYSTEM_PATH_BYTES];
	ssize_t length = -1;
	va_list arguments;
	bool ok;
	int fd;

	va_start(arguments, format);
	ok = make_path(path, root, format, arguments);
	va_end(arguments);
	*text = 0;
	/* Not to be held up by a pipe that lies there. */
	fd = ok ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	if (fd < 0)
		return false;
	length = read(fd, text, size - 1);
	close(fd);
	if (length < 0)
		length = 0, ok = false;
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	text[length] = 0;
	make_printable(text);
	return ok;
}

bool system_exists(const char *root, const char *format, ...)
{
	char path[SYSTEM_PATH_BYTES];
	va_list arguments;
	bool ok;

	va_start(arguments, format);
	ok = make_path(path, root, format, arguments);
	va_end(arguments);
	return ok && faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool system_link_name(const char *root, char *text, size_t size, const char *format, ...)
{
	char path[SYSTEM_PATH_BYTES], target[PATH_MAX];
	va_list arguments;
	ssize_t length;
	bool ok;

	va_start(arguments, format);
	ok = make_path(path, root, format, arguments);
	va_end(arguments);
	*text = 0;
	length = ok ? readlink(path, target, sizeof(target) - 1) : -1;
	if (length < 0)
		return false;
	target[length] = 0;
	snprintf(text, size, "%s", base_name(target));
	make_printable(text);
	return true;
}

void system_glob(const char *root, glob_t *found, const char *format, ...)
{
	char path[SYSTEM_PATH_BYTES];
	va_list arguments;
	bool ok;

	va_start(arguments, format);
	ok = make_path(path, root, format, arguments);
	va_end(arguments);
	memset(found, 0, sizeof(*found));
	if (ok)
		glob(path, 0, NULL, found);
}

const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}
