/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/boot/board_port.h"

#include <sys/types.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "k210/isp.h"

/* How often a waiting port looks. */
#define STEP_US   125
#define FILE_MOST (1u << 20)
/* More than a step's worth at 4.5 Mbaud. */
#define BABBLE_BYTES 64

static struct board_port *of(struct kpu_boot_port *port)
{
	return (struct board_port *)port;
}

static uint64_t now_us(struct kpu_boot_port *port)
{
	(void)port;
	return board_line_now_us();
}

static bool is_gone(struct board_port *port)
{
	return port->gone_at_us && board_line_now_us() >= port->gone_at_us;
}

/* Time passes, and in some of it somebody keeps the line full. */
static void pass(struct board_port *port, uint64_t microseconds)
{
	while (microseconds >= STEP_US && board_line_now_us() < port->babble_to_us) {
		while (board_line_now_us() >= port->babble_from_us &&
		       board_line_unsent() < BABBLE_BYTES)
			ck_assert(board_line_put('b'));
		board_line_run(STEP_US);
		microseconds -= STEP_US;
	}
	board_line_run(microseconds);
}

static void run(struct board_port *port, uint64_t microseconds)
{
	pass(port, microseconds);
	if (port->reset_at_us && board_line_now_us() >= port->reset_at_us) {
		port->reset_at_us =
			port->reset_again_us ? board_line_now_us() + port->reset_again_us : 0;
		board_line_press_reset();
	}
	if (port->stray_at_us && board_line_now_us() >= port->stray_at_us) {
		port->stray_at_us = 0;
		ck_assert(board_line_put(K210_SLIP_END));
	}
}

static uint8_t damage(struct board_port *port, uint8_t byte)
{
	uint32_t random = port->noise_state;

	random ^= random << 13;
	random ^= random >> 17;
	random ^= random << 5;
	port->noise_state = random;
	if (random % 1000000 >= port->noise_ppm)
		return byte;
	port->damaged++;
	return byte ^ (uint8_t)(1 << (random >> 24 & 7));
}

static bool has_bytes(struct board_port *port)
{
	uint64_t now = board_line_now_us();

	return board_line_waiting() && (now < port->held_from_us || now >= port->held_to_us);
}

static int port_read(struct kpu_boot_port *base, uint8_t *bytes, size_t size, uint32_t timeout_us)
{
	struct board_port *port = of(base);
	uint64_t end = now_us(base) + timeout_us;
	size_t count;

	while (!has_bytes(port) && now_us(base) < end) {
		if (is_gone(port))
			return -KPU_ERR_DEVICE_GONE;
		run(port, STEP_US);
	}
	if (has_bytes(port) && port->latency_us)
		run(port, port->latency_us);
	count = has_bytes(port) ? board_line_take(bytes, size) : 0;
	for (size_t i = 0; i < count; i++)
		bytes[i] = damage(port, bytes[i]);
	return (int)count;
}

static int port_write(struct kpu_boot_port *base, const uint8_t *bytes, size_t size)
{
	struct board_port *port = of(base);

	for (size_t i = 0; i < size; i++) {
		uint8_t byte = damage(port, bytes[i]);
		size_t number = port->sent++;

		if (is_gone(port))
			return -KPU_ERR_DEVICE_GONE;
		if (number >= port->cut_from && number < port->cut_to)
			continue;
		while (!board_line_put(byte))
			run(port, STEP_US);
	}
	return 0;
}

static int port_set_baud(struct kpu_boot_port *base, uint32_t baud)
{
	struct board_port *port = of(base);
	uint64_t end = now_us(base) + 1000000;

	while (board_line_unsent() && now_us(base) < end)
		run(port, STEP_US);
	if (port->refuse_above && baud > port->refuse_above)
		return -KPU_ERR_PARAM;
	if (!port->line_max || baud <= port->line_max)
		board_line_set_rate(baud);
	return 0;
}

static int port_set_lines(struct kpu_boot_port *base, bool dtr, bool rts)
{
	of(base)->dtr = dtr;
	of(base)->rts = rts;
	board_line_set_lines(dtr, rts);
	return 0;
}

static void port_discard(struct kpu_boot_port *base)
{
	uint8_t bytes[256];

	(void)base;
	while (board_line_take(bytes, sizeof(bytes)))
		;
}

static void port_sleep(struct kpu_boot_port *base, uint32_t microseconds)
{
	run(of(base), microseconds);
}

static const struct kpu_boot_port_ops ops = {
	.read = port_read,
	.write = port_write,
	.set_baud = port_set_baud,
	.set_lines = port_set_lines,
	.discard = port_discard,
	.now_us = now_us,
	.sleep = port_sleep,
};

void board_port_init(struct board_port *port)
{
	*port = (struct board_port){ .port = { &ops }, .noise_state = 2463534242u };
	board_line_set_rate(115200);
}

static uint8_t *read_file(const char *name, size_t *size)
{
	char path[512];
	uint8_t *bytes;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", FIRMWARE_DIR, name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s is missing", path);
	bytes = malloc(FILE_MOST);
	ck_assert_ptr_nonnull(bytes);
	*size = fread(bytes, 1, FILE_MOST, file);
	fclose(file);
	return bytes;
}

void board_port_read_images(struct kpu_boot_images *images)
{
	images->first_stage = read_file("kpu-first-stage.bin", &images->first_stage_size);
	images->firmware = read_file("kpu-firmware.bin", &images->firmware_size);
}

void board_port_free_images(struct kpu_boot_images *images)
{
	free(images->first_stage);
	free(images->firmware);
}
