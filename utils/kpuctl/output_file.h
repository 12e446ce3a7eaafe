/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Files that kpuctl writes: whole or not at all, and never over what it reads. */
#ifndef KPUCTL_OUTPUT_FILE_H
#define KPUCTL_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <kpu.h>

/* @path is one of @inputs (NULL entries are skipped); says so. */
bool output_is_input(const char *path, const char *const *inputs, size_t count);

/*
 * Before work that would be lost: whether @path (NULL: nothing to write) can be written as far as
 * that can be told without doing so. EXIT_OK, or EXIT_FAILED with the message printed.
 */
int output_check(const char *path);

/*
 * The regular file that @path leads to, where it is a symbolic link: replacing that one leaves the
 * link. Anything else stays @path. To be freed; NULL: errno says why, as with a link to nothing.
 */
char *output_target(const char *path);

/*
 * Writes @size bytes to @path, "-" for standard output. A regular file, also behind a link, is
 * replaced only when all of it has been written; pipes and devices are written as they are. 0 or
 * -KPU_ERR_IO with *error.
 */
int output_write(const char *path, const void *data, size_t size, struct kpu_error *error);

#endif
