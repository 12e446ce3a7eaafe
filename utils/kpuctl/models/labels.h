/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_LABELS_H
#define KPUCTL_LABELS_H

#include <stdbool.h>
#include <stddef.h>

#define LABELS_FILE_MAX (1u << 20)

/* Names of classes. Zeroed: none. */
struct labels {
	char *text; /* all of them, each ended by zero */
	char **names;
	size_t count;
};

/*
 * A file with one in a line, or "A,B,C". False: there is none, no memory, or no such file: one word
 * with a dot or slash in it is not taken for a name.
 */
bool labels_read(struct labels *labels, const char *text);
/* Just "A,B,C". */
bool labels_split(struct labels *labels, const char *text);
/* Copies @count names. False: no memory. */
bool labels_copy(struct labels *labels, const char *const *names, size_t count);
void labels_free(struct labels *labels);
/* Name of a class; made up in @buffer for one without. */
const char *labels_name(const struct labels *labels, size_t index, char *buffer, size_t size);

#endif
