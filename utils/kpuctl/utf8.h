/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPUCTL_UTF8_H
#define KPUCTL_UTF8_H

#include <stddef.h>

/* Bytes of the character that @text begins with, 0 if it is none: RFC 3629, section 4. */
size_t utf8_length(const char *text);

#endif
