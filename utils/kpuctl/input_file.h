/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Files that kpuctl reads as a whole. */
#ifndef KPUCTL_INPUT_FILE_H
#define KPUCTL_INPUT_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <kpu.h>

/*
 * Reads a file, pipe or device ("-": standard input) of 1 to @most bytes; *data is to be freed even
 * after an error. 0, or a negative error with *error, which names the file and what is wrong.
 */
int input_file_read(const char *path, size_t most, uint8_t **data, size_t *size,
		    struct kpu_error *error);

/* For reading what can only be a file: a pipe or a line with nobody at its other end keeps nobody
 * waiting. NULL: errno says why. */
FILE *input_file_open_at_once(const char *path);

#endif
