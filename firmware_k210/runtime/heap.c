/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* First-fit allocator; see heap.h. */
#include "firmware_k210/runtime/heap.h"

#include <string.h>

void heap_init(struct heap *heap, uint8_t *base, uint32_t size)
{
	memset(heap, 0, sizeof(*heap));
	heap->base = base;
	heap->size = size & ~(HEAP_ALIGNMENT - 1);
}

/* The gap in front of block @index, or behind the last one. */
static struct heap_block gap_before(const struct heap *heap, unsigned index)
{
	struct heap_block gap = { 0, heap->size };

	if (index) {
		const struct heap_block *previous = &heap->blocks[index - 1];

		gap.offset = previous->offset + previous->size;
	}
	if (index < heap->count)
		gap.size = heap->blocks[index].offset;
	gap.size -= gap.offset;
	return gap;
}

uint8_t *heap_allocate(struct heap *heap, uint32_t size)
{
	if (size > heap->size || heap->count == HEAP_BLOCKS_MAX)
		return NULL;
	size = size ? (size + HEAP_ALIGNMENT - 1) & ~(HEAP_ALIGNMENT - 1) : HEAP_ALIGNMENT;
	for (unsigned index = 0; index <= heap->count; index++) {
		struct heap_block gap = gap_before(heap, index);

		if (gap.size < size)
			continue;
		memmove(&heap->blocks[index + 1], &heap->blocks[index],
			(heap->count - index) * sizeof(heap->blocks[0]));
		heap->blocks[index] = (struct heap_block){ gap.offset, size };
		heap->count++;
		return heap->base + gap.offset;
	}
	return NULL;
}

void heap_release(struct heap *heap, const uint8_t *block)
{
	if (!block)
		return;
	for (unsigned index = 0; index < heap->count; index++) {
		if (heap->base + heap->blocks[index].offset != block)
			continue;
		heap->count--;
		memmove(&heap->blocks[index], &heap->blocks[index + 1],
			(heap->count - index) * sizeof(heap->blocks[0]));
		return;
	}
}

uint32_t heap_free_bytes(const struct heap *heap)
{
	uint32_t bytes = 0;

	for (unsigned index = 0; index <= heap->count; index++)
		bytes += gap_before(heap, index).size;
	return bytes;
}

uint32_t heap_largest_free(const struct heap *heap)
{
	uint32_t largest = 0;

	for (unsigned index = 0; index <= heap->count; index++) {
		uint32_t size = gap_before(heap, index).size;

		if (size > largest)
			largest = size;
	}
	return largest;
}
