/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What the kernel and the installation show as files. @root stands before each path: "" for this
 * system, another folder for a copy of one, as tests have it.
 */
#ifndef KPUCTL_SYSTEM_FILE_H
#define KPUCTL_SYSTEM_FILE_H

#include <glob.h>
#include <stdbool.h>
#include <stddef.h>

#define SYSTEM_PATH_BYTES 1024

/*
 * The beginning of a file as text, without white space at its end; what a terminal would act upon
 * becomes question marks. False: it cannot be read; @text is empty.
 */
bool system_read(const char *root, char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* False also when a part of the path may not be looked at. */
bool system_exists(const char *root, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Last part of what a symbolic link says; false: no such link, @text is empty. */
bool system_link_name(const char *root, char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* glob(3); globfree(@found) afterwards in any case. */
void system_glob(const char *root, glob_t *found, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
const char *base_name(const char *path);

#endif
