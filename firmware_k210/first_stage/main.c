/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The first stage: brought by the mask ROM at 115200 baud, brings the firmware at a better rate.
 * Protocol: link/first_stage.h. It only polls, and after its clocks and its UART are set it touches
 * nothing but the line and the memory for the firmware.
 *
 * While bytes arrive it does a fixed, small amount of work for each: at 4.5 Mbaud there are 900
 * cycles for one, and the FIFO forgives 16.
 */
#include <stdint.h>
#include <string.h>

#include "firmware_k210/hal/clocks.h"
#include "firmware_k210/hal/mmio.h"
#include "firmware_k210/hal/timer.h"
#include "firmware_k210/hal/uart.h"
#include "k210/clint.h"
#include "k210/isp.h"
#include "k210/memory_map.h"
#include "k210/plic.h"
#include "k210/uart.h"
#include "link/bytes.h"
#include "link/crc.h"
#include "link/first_stage.h"

#define UART(offset) (K210_UART3_BASE + (uintptr_t)(offset))
#define HEADER       K210_ISP_HEADER_BYTES

/* start.S knows these numbers. */
enum hart1_state {
	HART1_UNSEEN,
	HART1_WAITS,
	HART1_GO,
	HART1_GONE,
};
/* For hart 1 to wake up and leave; it takes some hundred cycles. */
#define HART1_LEAVES_US 1000u

/* Not in .bss, which hart 0 clears, maybe after hart 1 has been here. */
volatile uint32_t hart1_state __attribute__((section(".data"))) = HART1_UNSEEN;

static struct {
	uint8_t bytes[HEADER + K210_ISP_DATA_MAX] __attribute__((aligned(8)));
	uint32_t size; /* bytes so far; more than fit means too long */
	uint32_t crc;
	uint8_t inside, escaped;
} frame;

static uint32_t rate, bad_frames;
static uint64_t deadline; /* to go back to 115200 baud, of timer_now(); 0: none */

static uint32_t firmware_size;
static uint8_t missing[KPU_STAGE_PIECES_MAX / 8];

void first_stage(void);

static uint8_t *firmware(void)
{
	return (uint8_t *)(uintptr_t)KPU_STAGE_FIRMWARE_ADDRESS;
}

/* ---- sending ---- */

/* The core tells that its FIFO is empty, and nothing else of it (k210/uart.h). */
static void send_byte(uint8_t byte)
{
	static uint32_t room;

	if (!room) {
		while (!(mmio_read32(UART(K210_UART_LSR)) & K210_UART_LSR_THRE))
			;
		room = K210_UART_FIFO_DEPTH;
	}
	room--;
	mmio_write32(UART(K210_UART_THR), byte);
}

static void send_escaped(const uint8_t *bytes, uint32_t size)
{
	for (; size; size--) {
		uint8_t byte = *bytes++;

		if (byte == K210_SLIP_END || byte == K210_SLIP_ESCAPE) {
			send_byte(K210_SLIP_ESCAPE);
			byte = byte == K210_SLIP_END ? K210_SLIP_ESCAPED_END
						     : K210_SLIP_ESCAPED_ESCAPE;
		}
		send_byte(byte);
	}
}

static void answer(uint8_t status, uint32_t value, const uint8_t *data, uint32_t size)
{
	uint8_t header[HEADER] = { frame.bytes[0], status };
	uint32_t crc;

	kpu_put_u32(header + K210_ISP_OFFSET_ADDRESS, value);
	kpu_put_u32(header + K210_ISP_OFFSET_LENGTH, size);
	crc = kpu_crc32(KPU_CRC32_START, header, K210_ISP_OFFSET_CHECKSUM);
	crc = kpu_crc32(crc, header + K210_ISP_OFFSET_ADDRESS, HEADER - K210_ISP_OFFSET_ADDRESS);
	kpu_put_u32(header + K210_ISP_OFFSET_CHECKSUM, kpu_crc32(crc, data, size));
	/* The first one ends what noise may have begun at the other end. */
	send_byte(K210_SLIP_END);
	send_byte(K210_SLIP_END);
	send_escaped(header, sizeof(header));
	send_escaped(data, size);
	send_byte(K210_SLIP_END);
	while (!(mmio_read32(UART(K210_UART_LSR)) & K210_UART_LSR_TX_IDLE))
		;
}

/* ---- operations ---- */

static void set_rate(uint32_t baud)
{
	uint32_t nearest = uart_nearest_rate(baud);

	answer(nearest ? KPU_STAGE_OK : KPU_STAGE_REFUSED, nearest, NULL, 0);
	if (!nearest)
		return;
	uart_set_rate(baud);
	rate = baud;
	deadline = timer_now() + KPU_STAGE_TRIAL_MS * 1000;
}

static void hello(void)
{
	uint8_t data[8];

	kpu_put_u32(data, rate);
	kpu_put_u32(data + 4, bad_frames);
	answer(KPU_STAGE_OK, KPU_STAGE_IDENTITY, data, sizeof(data));
}

static void pattern(uint32_t value, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		frame.bytes[HEADER + i] ^= 0xff;
	answer(KPU_STAGE_OK, value, frame.bytes + HEADER, size);
}

static uint32_t piece_count(void)
{
	return (firmware_size + KPU_STAGE_PIECE_BYTES - 1) / KPU_STAGE_PIECE_BYTES;
}

static void all_missing(void)
{
	for (uint32_t i = 0; i < piece_count(); i++)
		missing[i / 8] |= (uint8_t)(1 << i % 8);
}

static uint32_t missing_count(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < piece_count(); i++)
		count += missing[i / 8] >> i % 8 & 1;
	return count;
}

static void begin(uint32_t size)
{
	if (size == 0 || size > KPU_STAGE_FIRMWARE_BYTES_MAX) {
		answer(KPU_STAGE_REFUSED, 0, NULL, 0);
		return;
	}
	memset(missing, 0, sizeof(missing));
	firmware_size = size;
	all_missing();
	answer(KPU_STAGE_OK, size, NULL, 0);
}

static void take_piece(uint32_t index, uint32_t size)
{
	uint32_t offset = index * KPU_STAGE_PIECE_BYTES, expected;

	if (index >= piece_count())
		return;
	expected = firmware_size - offset;
	if (expected > KPU_STAGE_PIECE_BYTES)
		expected = KPU_STAGE_PIECE_BYTES;
	if (size != expected)
		return;
	memcpy(firmware() + offset, frame.bytes + HEADER, size);
	missing[index / 8] &= (uint8_t) ~(1 << index % 8);
}

static void send_hart1_on(void)
{
	uint64_t end = timer_now() + HART1_LEAVES_US;

	/* One that is still in the ROM finds the firmware when it comes. */
	if (hart1_state != HART1_WAITS)
		return;
	mmio_barrier();
	hart1_state = HART1_GO;
	mmio_barrier();
	mmio_write32(K210_CLINT_BASE + K210_CLINT_MSIP(1), 1);
	while (hart1_state != HART1_GONE && timer_now() < end)
		;
}

/* True: start.S jumps to the firmware. */
static bool start(uint32_t crc_wanted)
{
	uint32_t crc;

	if (!firmware_size || missing_count()) {
		answer(KPU_STAGE_REFUSED, missing_count(), NULL, 0);
		return false;
	}
	crc = kpu_crc32(KPU_CRC32_START, firmware(), firmware_size);
	if (crc != crc_wanted) {
		all_missing();
		answer(KPU_STAGE_BAD_CHECKSUM, crc, NULL, 0);
		return false;
	}
	answer(KPU_STAGE_OK, crc, NULL, 0);
	send_hart1_on();
	return true;
}

/* An intact frame. True: the firmware is to be started. */
static bool execute(void)
{
	uint32_t value = kpu_get_u32(frame.bytes + K210_ISP_OFFSET_ADDRESS);
	uint32_t size = frame.size - HEADER;

	if (deadline)
		deadline = timer_now() + KPU_STAGE_IDLE_MS * 1000;
	switch (frame.bytes[0]) {
	case KPU_STAGE_HELLO:
		hello();
		break;
	case KPU_STAGE_SET_RATE:
		set_rate(value);
		break;
	case KPU_STAGE_PATTERN:
		pattern(value, size);
		break;
	case KPU_STAGE_BEGIN:
		begin(value);
		break;
	case KPU_STAGE_PIECE:
		take_piece(value, size);
		break;
	case KPU_STAGE_MISSING:
		answer(KPU_STAGE_OK, missing_count(), missing, (piece_count() + 7) / 8);
		break;
	case KPU_STAGE_START:
		return start(value);
	default:
		break;
	}
	return false;
}

/* ---- receiving ---- */

static void begin_frame(void)
{
	frame.size = 0;
	frame.crc = KPU_CRC32_START;
	frame.escaped = 0;
	frame.inside = 1;
}

static bool intact(void)
{
	return frame.size >= HEADER && frame.size <= sizeof(frame.bytes) &&
	       kpu_get_u32(frame.bytes + K210_ISP_OFFSET_LENGTH) == frame.size - HEADER &&
	       kpu_get_u32(frame.bytes + K210_ISP_OFFSET_CHECKSUM) == frame.crc;
}

static void append(uint8_t byte)
{
	uint32_t at = frame.size;

	if (frame.escaped) {
		frame.escaped = 0;
		byte = byte == K210_SLIP_ESCAPED_END ? K210_SLIP_END : K210_SLIP_ESCAPE;
	} else if (byte == K210_SLIP_ESCAPE) {
		frame.escaped = 1;
		return;
	}
	if (at >= sizeof(frame.bytes)) {
		frame.size = sizeof(frame.bytes) + 1;
		return;
	}
	frame.bytes[at] = byte;
	frame.size = at + 1;
	if (at < K210_ISP_OFFSET_CHECKSUM || at >= K210_ISP_OFFSET_ADDRESS)
		frame.crc = kpu_crc32(frame.crc, &byte, 1);
}

/* Each delimiter ends a frame and begins the next, so that a lost one costs no more than one. */
static bool take_byte(uint8_t byte)
{
	bool go = false;

	if (byte != K210_SLIP_END) {
		if (frame.inside)
			append(byte);
		return false;
	}
	if (frame.inside && frame.size) {
		if (intact())
			go = execute();
		else
			bad_frames++;
	}
	begin_frame();
	return go;
}

/*
 * Interrupts stay off: they only end the wait. The UART asks for one with half of its FIFO full or
 * after four characters of silence; what came since the last look ends the wait at once.
 */
static void sleep(void)
{
	uint32_t source;

	if (deadline)
		timer_set_alarm(deadline);
	else
		timer_interrupt();
	__asm__ volatile("wfi" ::: "memory");
	source = mmio_read32(K210_PLIC_BASE + K210_PLIC_CLAIM(0));
	if (source)
		mmio_write32(K210_PLIC_BASE + K210_PLIC_CLAIM(0), source);
}

static void sleep_init(void)
{
	const unsigned source = K210_IRQ_UART3;

	mmio_write32(K210_PLIC_BASE + K210_PLIC_PRIORITY(source), 1);
	mmio_write32(K210_PLIC_BASE + K210_PLIC_ENABLE(0) + 4 * (source / 32), 1u << source % 32);
	mmio_write32(K210_PLIC_BASE + K210_PLIC_THRESHOLD(0), 0);
	__asm__ volatile("csrs mie, %0" ::"r"(MIE_MEIE));
}

void first_stage(void)
{
	static uint8_t unused[2]; /* the driver's rings; interrupts stay off */

	clocks_init();
	uart_init(K210_ISP_BAUD, unused, sizeof(unused), unused, sizeof(unused));
	sleep_init();
	rate = K210_ISP_BAUD;
	for (;;) {
		if (mmio_read32(UART(K210_UART_LSR)) & K210_UART_LSR_DATA_READY) {
			if (take_byte((uint8_t)mmio_read32(UART(K210_UART_RBR))))
				return;
		} else {
			if (deadline && timer_now() >= deadline) {
				uart_set_rate(K210_ISP_BAUD);
				rate = K210_ISP_BAUD;
				deadline = 0;
			}
			sleep();
		}
	}
}
