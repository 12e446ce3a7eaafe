/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Memory for models: first fit over one region, 256-byte alignment. The bookkeeping lies outside
 * the region, so nothing that a model or a DMA transfer writes can damage it.
 */
#ifndef FIRMWARE_RUNTIME_HEAP_H
#define FIRMWARE_RUNTIME_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "link/commands.h"

#define HEAP_ALIGNMENT  KPU_MEMORY_BLOCK
#define HEAP_BLOCKS_MAX 52u

struct heap_block {
	uint32_t offset, size;
};

struct heap {
	uint8_t *base;
	uint32_t size;
	unsigned count;
	struct heap_block blocks[HEAP_BLOCKS_MAX]; /* in use, by ascending offset */
};

/* @base is aligned to HEAP_ALIGNMENT. */
void heap_init(struct heap *heap, uint8_t *base, uint32_t size);
/* NULL: no gap of that size, or too many blocks. @size 0 takes the smallest block. */
uint8_t *heap_allocate(struct heap *heap, uint32_t size);
/* @block comes from heap_allocate(), or is NULL. */
void heap_release(struct heap *heap, const uint8_t *block);
uint32_t heap_free_bytes(const struct heap *heap);
uint32_t heap_largest_free(const struct heap *heap);

#endif
