/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "link/spi_board.h"

#include "link/bytes.h"

void kpu_spi_board_init(struct kpu_spi_board *board, uint8_t *first, uint8_t *second,
			size_t buffer_bytes, uint8_t *staging, size_t staging_bytes)
{
	board->buffers[0] = first;
	board->buffers[1] = second;
	board->buffer_bytes = buffer_bytes & ~(size_t)3;
	board->staging = staging;
	board->half_bytes = staging_bytes / 2 & ~(size_t)3;
	board->phase = KPU_SPI_LISTENING;
	board->armed = 0;
	board->waiting = 0;
	board->damaged = false;
	board->staged[0] = board->staged[1] = 0;
	board->next_sent = board->next_staged = 0;
	board->answer_body = false;
}

uint8_t *kpu_spi_board_arm(struct kpu_spi_board *board)
{
	uint8_t *buffer = board->buffers[board->armed];

	/* The end mark takes care of the rest. */
	memset(buffer, 0, KPU_SPI_HEADER_BYTES);
	return buffer;
}

static bool frame_intact(const struct kpu_spi_board *board, const uint8_t *frame,
			 struct kpu_spi_header *header)
{
	return kpu_spi_get_header(frame, KPU_SPI_MAGIC_HOST, header) &&
	       KPU_SPI_HEADER_BYTES + header->length + KPU_SPI_MARK_BYTES <= board->buffer_bytes &&
	       kpu_get_u32(frame + KPU_SPI_HEADER_BYTES + header->length) ==
		       kpu_spi_mark(header->sequence);
}

/* Hands the frame to the main loop; the other buffer is next. */
static void keep_frame(struct kpu_spi_board *board)
{
	if (!board->waiting)
		board->oldest = board->armed;
	board->waiting |= (uint8_t)(1 << board->armed);
	board->armed ^= 1;
}

static void loop_back(const struct kpu_spi_header *frame, const uint8_t *body,
		      struct kpu_spi_header *header, struct kpu_spi_answer *answer)
{
	size_t room = frame->read > KPU_SPI_HEADER_BYTES ? frame->read - KPU_SPI_HEADER_BYTES : 0;

	answer->body = body;
	answer->length = frame->length <= room ? frame->length : 0;
	header->flags |= KPU_SPI_FLAG_LOOPBACK;
}

static uint8_t *half(const struct kpu_spi_board *board, unsigned index)
{
	return board->staging + index * board->half_bytes;
}

static void add_staged(struct kpu_spi_board *board, const struct kpu_spi_header *frame,
		       struct kpu_spi_header *header, struct kpu_spi_answer *answer)
{
	uint16_t staged = board->staged[board->next_sent];

	if (staged && KPU_SPI_HEADER_BYTES + staged <= frame->read) {
		answer->body = half(board, board->next_sent);
		answer->length = staged;
		board->answer_body = true;
	} else {
		header->read = staged;
	}
}

void kpu_spi_board_frame(struct kpu_spi_board *board, bool overrun, struct kpu_spi_answer *answer)
{
	const uint8_t *bytes = board->buffers[board->armed];
	struct kpu_spi_header frame = { 0 }, header = { .magic = KPU_SPI_MAGIC_BOARD };
	bool accepted = !overrun && frame_intact(board, bytes, &frame);

	answer->body = NULL;
	answer->length = 0;
	board->answer_body = false;
	if (overrun) {
		header.flags |= KPU_SPI_FLAG_OVERRUN;
		board->overruns++;
	}
	if (accepted) {
		board->accepted++;
		board->sequence = frame.sequence;
		board->answer_limit = frame.limit;
		header.flags |= KPU_SPI_FLAG_ACCEPTED;
	} else {
		board->refused++;
		board->damaged = true;
	}
	if (board->busy) {
		header.flags |= KPU_SPI_FLAG_BUSY;
	} else if (accepted && (frame.flags & KPU_SPI_FLAG_LOOPBACK)) {
		loop_back(&frame, bytes + KPU_SPI_HEADER_BYTES, &header, answer);
	} else if (accepted) {
		add_staged(board, &frame, &header, answer);
		if (frame.length)
			keep_frame(board);
	}
	header.sequence = board->sequence;
	header.length = (uint16_t)answer->length;
	header.limit = (uint16_t)board->buffer_bytes;
	header.refused = (uint16_t)board->refused;
	kpu_spi_put_header(answer->header, &header);
	board->phase = KPU_SPI_ANSWERING;
}

static bool can_listen(const struct kpu_spi_board *board)
{
	return !(board->waiting >> board->armed & 1);
}

bool kpu_spi_board_answered(struct kpu_spi_board *board)
{
	if (board->answer_body) {
		board->staged[board->next_sent] = 0;
		board->next_sent ^= 1;
	}
	board->answer_body = false;
	board->phase = can_listen(board) ? KPU_SPI_LISTENING : KPU_SPI_FULL;
	return board->phase == KPU_SPI_LISTENING;
}

const uint8_t *kpu_spi_board_body(const struct kpu_spi_board *board, size_t *length)
{
	const uint8_t *frame = board->buffers[board->oldest];

	if (!board->waiting)
		return NULL;
	/* The interrupt has checked it. */
	*length = kpu_get_u16(frame + 4);
	return frame + KPU_SPI_HEADER_BYTES;
}

bool kpu_spi_board_release(struct kpu_spi_board *board)
{
	board->waiting &= (uint8_t) ~(1 << board->oldest);
	board->oldest ^= 1;
	if (board->phase != KPU_SPI_FULL)
		return false;
	board->phase = KPU_SPI_LISTENING;
	return true;
}

bool kpu_spi_board_was_damaged(struct kpu_spi_board *board)
{
	bool damaged = board->damaged;

	if (damaged)
		board->damaged = false;
	return damaged;
}

uint8_t *kpu_spi_board_stage(const struct kpu_spi_board *board, size_t *room)
{
	unsigned index = board->next_staged;
	size_t limit = board->answer_limit - KPU_SPI_HEADER_BYTES;

	if (board->staged[index] || (board->staged[index ^ 1] && !board->answer_body) ||
	    board->busy)
		return NULL;
	/* Not known yet: larger than any. */
	*room = limit < board->half_bytes ? limit & ~(size_t)3 : board->half_bytes;
	return half(board, index);
}

void kpu_spi_board_staged(struct kpu_spi_board *board, size_t length)
{
	if (length == 0)
		return;
	board->staged[board->next_staged] = (uint16_t)length;
	board->next_staged ^= 1;
}

size_t kpu_spi_board_waiting_body(const struct kpu_spi_board *board)
{
	return board->answer_body ? 0 : board->staged[board->next_sent];
}
