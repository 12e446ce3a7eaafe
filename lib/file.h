/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPU_LIB_FILE_H
#define KPU_LIB_FILE_H

#include <kpu.h>

/* Reads a whole file of at most @limit bytes; free(*data) afterwards. */
int kpu_file_read(const char *path, size_t limit, uint8_t **data, size_t *size,
		  struct kpu_error *error);

#endif
