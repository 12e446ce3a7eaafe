/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Board end of the exchange: which buffer is armed, what a frame was worth, what the answer is. No
 * registers, no clock. Functions marked "interrupt" are called when the chip select rises or with
 * that interrupt masked; the others from the main loop. @context of the owner's hardware does what
 * enum kpu_spi_phase says.
 *
 * Two buffers receive in turn, so that one frame is worked on while the next arrives. A third holds
 * bodies of answers in two halves, so that one is written while the other is sent.
 */
#ifndef KPU_LINK_SPI_BOARD_H
#define KPU_LINK_SPI_BOARD_H

#include "link/spi_frame.h"

enum kpu_spi_phase {
	KPU_SPI_LISTENING, /* receiver armed, ready high */
	KPU_SPI_ANSWERING, /* transmitter armed, ready low */
	KPU_SPI_FULL,      /* both buffers wait for the main loop: nothing armed, ready low */
};

struct kpu_spi_answer {
	uint8_t header[KPU_SPI_HEADER_BYTES];
	const uint8_t *body;
	size_t length; /* of the body */
};

struct kpu_spi_board {
	uint8_t *buffers[2];
	size_t buffer_bytes; /* each; a multiple of 4 */
	uint8_t *staging;
	size_t half_bytes; /* of staging; a multiple of 4 */
	bool busy;         /* frames are answered with BUSY and dropped */

	volatile uint8_t phase;      /* enum kpu_spi_phase */
	volatile uint8_t armed;      /* buffer that receives, or received last */
	volatile uint8_t waiting;    /* bit n: buffer n holds a frame for the main loop */
	volatile uint8_t oldest;     /* of the two, when both wait */
	volatile bool damaged;       /* a frame was not accepted since the main loop asked */
	volatile uint16_t staged[2]; /* bytes of the body in each half, 0 = none */
	volatile uint8_t next_sent;  /* half of the next body; they take turns */
	uint8_t next_staged;         /* the same for the main loop: only it moves on here */
	volatile bool answer_body;   /* the answer that is armed carries a body */
	volatile uint32_t accepted, refused, overruns;
	volatile uint16_t answer_limit; /* of the host: header and body; 0 = unknown */
	uint16_t sequence;              /* of the last frame accepted */
};

/* Buffers of at least KPU_SPI_FRAME_MIN bytes. */
void kpu_spi_board_init(struct kpu_spi_board *board, uint8_t *first, uint8_t *second,
			size_t buffer_bytes, uint8_t *staging, size_t staging_bytes);

/* Interrupt: where the receiver shall put the next frame. Clears what tells an old frame there from
 * a new one. */
uint8_t *kpu_spi_board_arm(struct kpu_spi_board *board);
/* Interrupt: chip select has risen over a frame of the host. @overrun: the receiver lost words. The
 * phase is ANSWERING then; the owner arms @answer and lowers ready. */
void kpu_spi_board_frame(struct kpu_spi_board *board, bool overrun, struct kpu_spi_answer *answer);
/* Interrupt: chip select has risen over the answer. True: arm the receiver and raise ready; false:
 * there is no buffer, the phase is FULL. */
bool kpu_spi_board_answered(struct kpu_spi_board *board);

/* The body of the oldest frame that waits, or NULL. */
const uint8_t *kpu_spi_board_body(const struct kpu_spi_board *board, size_t *length);
/* With the interrupt masked: done with it. True: the phase was FULL; arm and raise ready. */
bool kpu_spi_board_release(struct kpu_spi_board *board);
/* Since the last call a frame was not accepted: what it carried is lost. */
bool kpu_spi_board_was_damaged(struct kpu_spi_board *board);
/* Where the main loop may write a body, and how many bytes at most. NULL: not now. A second body is
 * wanted only while the first one is being sent, so that it says the latest. */
uint8_t *kpu_spi_board_stage(const struct kpu_spi_board *board, size_t *room);
/* It has written @length bytes there (0: nothing), and they have reached the memory. */
void kpu_spi_board_staged(struct kpu_spi_board *board, size_t length);
/* Bytes of the body that the host has not begun to fetch. */
size_t kpu_spi_board_waiting_body(const struct kpu_spi_board *board);

#endif
