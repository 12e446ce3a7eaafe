/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_UTF8_H
#define KPUCTL_UTF8_H

#include <stddef.h>

/* Bytes of the character that @text begins with, 0 if it is none: RFC 3629, section 4. */
size_t utf8_length(const char *text);
/* The character behind that one; a byte that is none counts as one. */
const char *utf8_next(const char *text);
size_t utf8_characters(const char *text);
/* For "%-*s", which counts bytes: as many of them as make a column of so many characters. */
int utf8_column(const char *text, int characters);

#endif
