/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The mask ROM's part: reset, greeting, the first stage into SRAM, the jump. */
#include <stdio.h>
#include <string.h>

#include "lib/boot/boot.h"
#include "lib/error.h"
#include "link/bytes.h"
#include "link/first_stage.h"

/*
 * How long each step of the lines lasts. kflash.py takes 100 ms, with a remark that 10 ms of reset
 * are wanted; the chip's data sheet gives no minimum. So the first attempt is quick, the second is
 * that of kflash.py.
 */
static const struct {
	uint32_t step_us, greet_us;
} passes[] = {
	{ 10000, 350000 },
	{ 100000, 1000000 },
};

/* Two bytes at 115200 baud take nothing; bridges hold bytes back for up to 16 ms. */
#define GREETING_ANSWER_US 40000u
#define WRITE_ANSWER_US    250000u
/* Damaged frames are sent again in smaller pieces, which more often arrive whole. */
#define CHUNK_LEAST   128u
#define FAILURES_MAX  60u
#define JUMP_ATTEMPTS 6u
#define RESETS_MAX    4u
/*
 * Operations that the ROM does not know and therefore repeats in its answer. They change, because
 * an old frame in its buffers would be answered otherwise.
 */
#define PROBE_FIRST 0x10u
#define PROBES      0x40u
#define PROBE_MASK  (PROBES - 1)

static int set_lines(struct kpu_boot *boot, struct kpu_boot_lines lines)
{
	int rc = boot->port->ops->set_lines(boot->port, lines.dtr, lines.rts);

	return rc < 0 ? kpu_boot_port_error(boot, rc) : 0;
}

static void discard(struct kpu_boot *boot)
{
	boot->port->ops->discard(boot->port);
	boot->input_size = boot->input_taken = 0;
	memset(&boot->decoder, 0, sizeof(boot->decoder));
}

/* Bytes of the next frame; 0: none until @end; or an error. */
static int next_frame(struct kpu_boot *boot, uint64_t end)
{
	uint64_t now = kpu_boot_now(boot);

	return now < end ? kpu_boot_receive(boot, (uint32_t)(end - now)) : 0;
}

/*
 * Waits for the ROM's answer to @operation. Its status, 0: none, or an error. An answer to
 * something else is what the ROM made of a damaged frame.
 */
static int rom_answer(struct kpu_boot *boot, uint8_t operation, uint32_t timeout_us)
{
	uint64_t end = kpu_boot_now(boot) + timeout_us;

	for (;;) {
		const uint8_t *bytes = boot->decoder.bytes;
		int size = next_frame(boot, end);

		if (size <= 0)
			return size;
		if (size != 2)
			continue;
		if (bytes[1] >= K210_ISP_BAD_LENGTH && bytes[1] <= K210_ISP_UNKNOWN_OPERATION)
			return bytes[1];
		if (bytes[0] == operation && bytes[1] == K210_ISP_OK)
			return K210_ISP_OK;
	}
}

/*
 * For the ROM a delimiter only begins a frame when none is open. When one was lost or invented, it
 * takes what lies between the frames for frames from then on, and one more repairs that.
 */
static size_t extra_delimiter(struct kpu_boot *boot, unsigned attempt)
{
	boot->line[0] = K210_SLIP_END;
	return attempt & 1;
}

/* 1: the ROM has answered. */
static int greet(struct kpu_boot *boot, uint32_t patience_us)
{
	uint64_t end = kpu_boot_now(boot) + patience_us;
	unsigned attempt = 0;

	do {
		size_t extra = extra_delimiter(boot, attempt++);
		size_t length = extra + kpu_frame_greeting(boot->line + extra);
		int rc = kpu_boot_send(boot, length);

		if (rc == 0)
			rc = rom_answer(boot, K210_ISP_GREETING,
					kpu_boot_line_us(boot, length + 4) + GREETING_ANSWER_US);
		if (rc < 0)
			return rc;
		if (rc == K210_ISP_OK)
			return 1;
	} while (kpu_boot_now(boot) < end);
	return 0;
}

/* 1: what the ROM answers is the answer to @operation, which it does not know. 0: silence. */
static int probe_answer(struct kpu_boot *boot, uint8_t operation, uint32_t timeout_us)
{
	uint64_t end = kpu_boot_now(boot) + timeout_us;

	for (;;) {
		const uint8_t *bytes = boot->decoder.bytes;
		int size = next_frame(boot, end);

		if (size <= 0)
			return size;
		if (size == 2 && bytes[0] == operation && bytes[1] == K210_ISP_UNKNOWN_OPERATION)
			return 1;
	}
}

/* After a frame that was damaged. 1: ROM and host agree on where frames begin. */
static int regain_step(struct kpu_boot *boot, uint32_t patience_us)
{
	uint64_t end = kpu_boot_now(boot) + patience_us;
	unsigned attempt = 0;

	do {
		uint8_t operation = (uint8_t)(PROBE_FIRST + (boot->probes++ & PROBE_MASK));
		size_t extra = extra_delimiter(boot, attempt++);
		size_t length = extra + kpu_frame_request(KPU_FRAME_ROM, operation, 0, NULL, 0,
							  boot->line + extra);
		int rc = kpu_boot_send(boot, length);

		if (rc == 0)
			rc = probe_answer(boot, operation,
					  kpu_boot_line_us(boot, length + 8) + GREETING_ANSWER_US);
		if (rc)
			return rc;
	} while (kpu_boot_now(boot) < end);
	return 0;
}

/* 1: the ROM has answered; the lines are let go then. */
static int enter_isp(struct kpu_boot *boot, const struct kpu_boot_style *style, unsigned pass)
{
	const size_t steps = sizeof(style->steps) / sizeof(style->steps[0]);
	int rc = 0;

	for (size_t i = 0; i < steps && rc == 0; i++) {
		if (i)
			boot->port->ops->sleep(boot->port, passes[pass].step_us);
		rc = set_lines(boot, style->steps[i]);
	}
	if (rc < 0)
		return rc;
	/* What the program before has sent. */
	discard(boot);
	rc = greet(boot, passes[pass].greet_us);
	if (rc < 0)
		return rc;
	return set_lines(boot, style->idle) < 0 ? -boot->error->code : rc;
}

/* The board's own style, then the others. */
static const struct kpu_boot_style *nth_style(const struct kpu_boot *boot, unsigned number)
{
	const struct kpu_boot_style *first = NULL;

	if (boot->options->style)
		return number ? NULL : kpu_boot_find_style(boot->options->style);
	if (boot->board && boot->board->style)
		first = kpu_boot_find_style(boot->board->style);
	if (first && number-- == 0)
		return first;
	for (const struct kpu_boot_style *style = kpu_boot_styles; style->name; style++) {
		if (style != first && number-- == 0)
			return style;
	}
	return NULL;
}

static int find_rom(struct kpu_boot *boot)
{
	const struct kpu_boot_style *style;
	int rc = kpu_boot_set_baud(boot, K210_ISP_BAUD);

	if (rc < 0)
		return kpu_boot_port_error(boot, rc);
	for (unsigned pass = 0; pass < sizeof(passes) / sizeof(passes[0]); pass++) {
		for (unsigned i = 0; (style = nth_style(boot, i)); i++) {
			uint64_t begun = kpu_boot_now(boot);

			/* Also that of an attempt which is stopped. */
			snprintf(boot->result->style, sizeof(boot->result->style), "%s",
				 style->name);
			rc = enter_isp(boot, style, pass);
			if (rc < 0)
				return rc;
			boot->result->rom_us = (uint32_t)(kpu_boot_now(boot) - begun);
			kpu_boot_log(boot, "reset style %s, steps of %u ms: %s after %u ms",
				     style->name, passes[pass].step_us / 1000,
				     rc ? "the mask ROM answers" : "no answer",
				     boot->result->rom_us / 1000);
			if (rc)
				return 0;
			boot->result->style[0] = 0;
		}
	}
	rc = set_lines(boot, (struct kpu_boot_lines){ false, false });
	if (rc < 0)
		return rc;
	kpu_fail(boot->error, KPU_ERR_NO_DEVICE,
		 "no K210 answers: its mask ROM was asked with %s%s",
		 boot->options->style ? "reset style " : "every known reset style",
		 boot->options->style ? boot->options->style : "");
	kpu_error_advise(
		boot->error,
		"is it the right port? Hold the board's BOOT button, tap RESET, try again");
	return -KPU_ERR_NO_DEVICE;
}

static int no_more(struct kpu_boot *boot, const char *what)
{
	kpu_fail(boot->error, KPU_ERR_TIMEOUT, "the mask ROM answered first, but %s", what);
	kpu_error_advise(boot->error, "try another cable or port");
	return -KPU_ERR_TIMEOUT;
}

/* One frame with part of the memory. 1: it is there, 0: not, and the ROM listens. */
static int write_chunk(struct kpu_boot *boot, uint32_t address, const uint8_t *data, size_t size)
{
	size_t length = kpu_frame_request(KPU_FRAME_ROM, K210_ISP_WRITE_MEMORY, address, data, size,
					  boot->line);
	int rc = kpu_boot_send(boot, length);

	if (rc == 0)
		rc = rom_answer(boot, K210_ISP_WRITE_MEMORY,
				kpu_boot_line_us(boot, length) + WRITE_ANSWER_US);
	if (rc == K210_ISP_OK)
		return 1;
	if (rc < 0)
		return rc;
	boot->result->errors_healed++;
	rc = regain_step(boot, 1000000);
	if (rc == 0)
		return no_more(boot, "then fell silent");
	return rc < 0 ? rc : 0;
}

static int write_memory(struct kpu_boot *boot, uint32_t address, const uint8_t *data, size_t size)
{
	size_t chunk = K210_ISP_DATA_MAX, done = 0;
	unsigned failures = 0;

	while (done < size) {
		size_t part = size - done < chunk ? size - done : chunk;
		int rc = write_chunk(boot, address + (uint32_t)done, data + done, part);

		if (rc < 0)
			return rc;
		if (rc == 0) {
			if (++failures > FAILURES_MAX)
				return no_more(boot, "takes no data: too many are damaged");
			if (chunk > CHUNK_LEAST)
				chunk /= 2;
			continue;
		}
		done += part;
	}
	return 0;
}

/* 1: the first stage runs. */
static int jump(struct kpu_boot *boot)
{
	struct kpu_stage_answer answer;
	size_t length = kpu_frame_request(KPU_FRAME_ROM, K210_ISP_JUMP,
					  KPU_STAGE_TRAMPOLINE_ADDRESS, NULL, 0, boot->line);
	int rc = kpu_boot_send(boot, length);

	if (rc < 0)
		return rc;
	boot->port->ops->sleep(boot->port, kpu_boot_line_us(boot, length) + 1000);
	rc = kpu_stage_ask(boot, KPU_STAGE_HELLO, 0, NULL, 0, 6, KPU_STAGE_ANSWER_US / 2, &answer);
	if (rc == 1 && answer.value != KPU_STAGE_IDENTITY)
		return kpu_fail(boot->error, KPU_ERR_VERSION_MISMATCH,
				"the first stage is of another version (%08x)", answer.value);
	if (rc == -KPU_ERR_BOARD_RESET || rc == 0) {
		/* Did the ROM not understand? If it is still there it will say so. */
		boot->result->errors_healed++;
		rc = regain_step(boot, 300000);
		return rc < 0 ? rc : 0;
	}
	return rc;
}

static int start_first_stage(struct kpu_boot *boot)
{
	uint8_t trampoline[8];
	uint64_t begun;
	int rc = find_rom(boot);

	if (rc < 0)
		return rc;
	begun = kpu_boot_now(boot);
	kpu_put_u32(trampoline, KPU_STAGE_TRAMPOLINE_0);
	kpu_put_u32(trampoline + 4, KPU_STAGE_TRAMPOLINE_1);
	rc = write_memory(boot, KPU_STAGE_ADDRESS, boot->images->first_stage,
			  boot->images->first_stage_size);
	if (rc == 0)
		rc = write_memory(boot, KPU_STAGE_TRAMPOLINE_ADDRESS, trampoline,
				  sizeof(trampoline));
	if (rc < 0)
		return rc;
	for (unsigned attempt = 0; attempt < JUMP_ATTEMPTS; attempt++) {
		rc = jump(boot);
		if (rc < 0)
			return rc;
		if (rc) {
			boot->result->first_stage_us = (uint32_t)(kpu_boot_now(boot) - begun);
			kpu_boot_log(boot, "first stage: %zu bytes at %u baud, runs after %u ms",
				     boot->images->first_stage_size, boot->baud,
				     boot->result->first_stage_us / 1000);
			return 0;
		}
	}
	return no_more(boot, "the first stage does not run");
}

/*
 * A damaged length can stop the ROM for good (it takes the CRC over so many bytes); a reset brings
 * it back.
 */
int kpu_boot_rom(struct kpu_boot *boot)
{
	int rc = start_first_stage(boot);

	for (unsigned resets = 1; resets < RESETS_MAX && rc == -KPU_ERR_TIMEOUT; resets++) {
		kpu_boot_log(boot, "%s; once more from the reset on", boot->error->message);
		rc = start_first_stage(boot);
	}
	return rc;
}
