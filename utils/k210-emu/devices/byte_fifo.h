/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_DEVICES_BYTE_FIFO_H
#define K210_EMU_DEVICES_BYTE_FIFO_H

#include <stdint.h>

#define BYTE_FIFO_MAX 16

/* FIFO of a UART; the owner checks for full and empty. */
struct byte_fifo {
	uint8_t bytes[BYTE_FIFO_MAX];
	unsigned head, count;
};

static inline void byte_fifo_push(struct byte_fifo *fifo, uint8_t byte)
{
	fifo->bytes[(fifo->head + fifo->count++) % BYTE_FIFO_MAX] = byte;
}

static inline uint8_t byte_fifo_pop(struct byte_fifo *fifo)
{
	uint8_t byte = fifo->bytes[fifo->head];

	fifo->head = (fifo->head + 1) % BYTE_FIFO_MAX;
	fifo->count--;
	return byte;
}

static inline void byte_fifo_clear(struct byte_fifo *fifo)
{
	fifo->head = 0;
	fifo->count = 0;
}

/*
 * Cycles for one character when durations collapse. Small, but long enough that a guest which
 * waits for an interrupt sees the FIFO pass its levels one after the other, and that a program
 * whose interrupt handler takes each character still gets to do something else.
 */
#define UART_FAST_CYCLES 64

#endif
