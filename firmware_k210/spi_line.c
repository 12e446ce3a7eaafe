/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "firmware_k210/spi_line.h"

#include "firmware_k210/hal/clocks.h"
#include "firmware_k210/hal/flash.h"
#include "firmware_k210/hal/memory.h"
#include "firmware_k210/hal/mmio.h"
#include "firmware_k210/hal/spi_slave.h"
#include "link/spi_board.h"

/* Wiring: docs/spi.md. Where the flash has no record of it: link/board_record.h. */
#ifndef SPI_LINE_PINS
#define SPI_LINE_PINS                                                                  \
	{                                                                              \
		.sclk = 21, .cs = 24, .mosi = 22, .miso = 23, .sense = 15, .ready = 32 \
	}
#endif

/* Rules X8 of docs/wire-protocol.md; the pulse is long enough for any interrupt controller. A host
 * may take a call right behind an answer for the rise that ends it, so the next one comes soon. */
#define CALL_AGAIN_US  1000u
#define CALL_REPEAT_US 10000u
#define PULSE_CYCLES   (CLOCK_CPU_HZ / 1000000u * 2u)

/* Touched by DMA, so only through the uncached window: a cache line of its own, and not among the
 * variables that the start code clears through the other. */
static uint8_t small_buffer[KPU_SPI_FRAME_MIN]
	__attribute__((section(".link_buffers"), aligned(64)));
static struct kpu_spi_board board;
static uint8_t *large;
static enum kpu_board_record_state record;
static bool taken;
static volatile uint64_t call_at;
static volatile uint16_t call_pause;

static void arm(void)
{
	spi_slave_receive(kpu_spi_board_arm(&board), (uint32_t)board.buffer_bytes / 4);
	spi_slave_set_ready(true);
}

/* Interrupt. */
static void chip_select_rose(void)
{
	struct kpu_spi_answer answer;

	if (board.phase == KPU_SPI_LISTENING) {
		kpu_spi_board_frame(&board, spi_slave_stop_receive(), &answer);
		spi_slave_send(answer.header, answer.body, (uint32_t)answer.length / 4);
		spi_slave_set_ready(false);
	} else if (board.phase == KPU_SPI_ANSWERING) {
		spi_slave_stop_send();
		/* What the host has not fetched yet, it shall hear of. */
		call_at = 0;
		call_pause = CALL_AGAIN_US;
		if (kpu_spi_board_answered(&board))
			arm();
	}
}

void spi_line_init(uint8_t *memory)
{
	struct kpu_spi_pins pins = SPI_LINE_PINS;
	uint8_t *small = memory_uncached(small_buffer);

	flash_settle();
	flash_read(KPU_BOARD_RECORD_ADDRESS, memory, KPU_BOARD_RECORD_BYTES_MAX);
	record = kpu_board_record_read(memory, &pins);
	if (pins.sclk == KPU_SPI_PIN_OFF)
		return;
	large = memory;
	kpu_spi_board_init(&board, small, small, sizeof(small_buffer), small, 0);
	spi_slave_init(&pins, chip_select_rose);
	arm();
}

enum kpu_board_record_state spi_line_record(void)
{
	return record;
}

bool spi_line_wanted(void)
{
	return !taken && board.accepted && board.phase == KPU_SPI_LISTENING;
}

void spi_line_refuse(bool refuse)
{
	board.busy = refuse;
}

void spi_line_take(void)
{
	unsigned long state = interrupts_disable();

	/* Between two frames: a host in the middle of one learns by the answer that it was lost. */
	if (board.phase == KPU_SPI_LISTENING) {
		spi_slave_set_ready(false);
		(void)spi_slave_stop_receive();
		taken = true;
		kpu_spi_board_init(&board, large, large + SPI_LINE_FRAME_BYTES,
				   SPI_LINE_FRAME_BYTES, large + 2 * SPI_LINE_FRAME_BYTES,
				   SPI_LINE_BODY_BYTES);
		arm();
	}
	interrupts_restore(state);
}

bool spi_line_is_taken(void)
{
	return taken;
}

/* A short fall of ready makes the host come. In the middle of an exchange it comes anyway. */
static void call_host(uint64_t now)
{
	unsigned long state;
	uint64_t start;

	if (!kpu_spi_board_waiting_body(&board) || now < call_at)
		return;
	call_at = now + call_pause;
	call_pause = CALL_REPEAT_US;
	state = interrupts_disable();
	if (board.phase == KPU_SPI_LISTENING && !spi_slave_selected()) {
		spi_slave_set_ready(false);
		start = hart_cycles();
		while (hart_cycles() - start < PULSE_CYCLES)
			;
		spi_slave_set_ready(true);
	}
	interrupts_restore(state);
}

__attribute__((noinline)) bool spi_line_receive(struct server *server, uint64_t now)
{
	static const uint8_t nothing[KPU_SPI_ANSWER_MIN];
	size_t length;
	const uint8_t *body;
	unsigned long state;

	server->now = now;
	server->runtime.now = now;
	if (kpu_spi_board_was_damaged(&board))
		server_input_packet(server, nothing, sizeof(nothing));
	body = kpu_spi_board_body(&board, &length);
	if (!body)
		return false;
	kpu_spi_take_packets(body, length, server_input_packet, server);
	state = interrupts_disable();
	if (kpu_spi_board_release(&board))
		arm();
	interrupts_restore(state);
	return true;
}

__attribute__((noinline)) bool spi_line_transmit(struct server *server, uint64_t now)
{
	size_t length = 0, room;
	uint8_t *body = kpu_spi_board_stage(&board, &room);

	server->now = now;
	server->runtime.now = now;
	if (body) {
		length = kpu_spi_put_packets(body, room, server_output_packet, server);
		mmio_barrier();
		kpu_spi_board_staged(&board, length);
	}
	call_host(now);
	return length != 0;
}

uint64_t spi_line_deadline(void)
{
	return taken && kpu_spi_board_waiting_body(&board) ? call_at : UINT64_MAX;
}

bool spi_line_idle(void)
{
	return !board.staged[0] && !board.staged[1];
}

uint32_t spi_line_overruns(void)
{
	return board.overruns;
}
