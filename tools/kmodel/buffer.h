/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A growing run of bytes; out of memory sets `failed` and later calls do nothing. */
#ifndef TOOLS_KMODEL_BUFFER_H
#define TOOLS_KMODEL_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_buffer {
	uint8_t *bytes;
	size_t length, room;
	bool failed;
};

void buffer_append(struct byte_buffer *buffer, const void *bytes, size_t count);
void buffer_u32(struct byte_buffer *buffer, uint32_t value);
void buffer_u64(struct byte_buffer *buffer, uint64_t value);
void buffer_f32(struct byte_buffer *buffer, float value);
/* Zeros up to the next multiple of @align. */
void buffer_align(struct byte_buffer *buffer, size_t align);

#endif
