/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "lib/boot/boot.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/error.h"
#include "link/first_stage.h"
#include "link/wire.h"

/* As long as into the mask ROM in the slower attempt: rom.c. */
#define RESET_US 100000u

/* From the reset on. */
#define BOOT_ATTEMPTS 2u

void kpu_boot_log(struct kpu_boot *boot, const char *format, ...)
{
	char line[256];
	va_list arguments;

	if (!boot->options->log)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	boot->options->log(boot->options->log_context, line);
}

uint64_t kpu_boot_now(struct kpu_boot *boot)
{
	return boot->port->ops->now_us(boot->port);
}

uint32_t kpu_boot_line_us(const struct kpu_boot *boot, size_t bytes)
{
	return (uint32_t)(bytes * 10 * 1000000ull / boot->baud);
}

int kpu_boot_port_error(struct kpu_boot *boot, int rc)
{
	if (rc == -KPU_ERR_DEVICE_GONE)
		return kpu_fail(boot->error, KPU_ERR_DEVICE_GONE, "the port has gone");
	if (rc == -KPU_ERR_TIMEOUT)
		return kpu_fail(boot->error, KPU_ERR_TIMEOUT, "the port takes no more bytes");
	return kpu_fail(boot->error, -rc, "the port does not do what it is asked to");
}

int kpu_boot_set_baud(struct kpu_boot *boot, uint32_t baud)
{
	int rc = boot->port->ops->set_baud(boot->port, baud);

	if (rc == 0)
		boot->baud = baud;
	return rc;
}

static int check_stop(struct kpu_boot *boot)
{
	if (!boot->options->stop || !boot->options->stop(boot->options->stop_context))
		return 0;
	return kpu_fail(boot->error, KPU_ERR_CANCELLED, "the boot was stopped");
}

int kpu_boot_send(struct kpu_boot *boot, size_t length)
{
	int rc = check_stop(boot);

	if (rc < 0)
		return rc;
	rc = boot->port->ops->write(boot->port, boot->line, length);
	return rc < 0 ? kpu_boot_port_error(boot, rc) : 0;
}

int kpu_boot_receive(struct kpu_boot *boot, uint32_t timeout_us)
{
	uint64_t end = kpu_boot_now(boot) + timeout_us;

	for (;;) {
		uint64_t now;
		int got;

		while (boot->input_taken < boot->input_size) {
			size_t size =
				kpu_frame_take(&boot->decoder, boot->input[boot->input_taken++]);

			if (size)
				return (int)size;
		}
		now = kpu_boot_now(boot);
		if (now >= end)
			return 0;
		got = check_stop(boot);
		if (got < 0)
			return got;
		got = boot->port->ops->read(boot->port, boot->input, sizeof(boot->input),
					    (uint32_t)(end - now));
		if (got < 0)
			return kpu_boot_port_error(boot, got);
		boot->input_size = (size_t)got;
		boot->input_taken = 0;
	}
}

/*
 * As the board's own reset button does. Only for styles whose second step is the reset alone, which
 * shows in the first one being idle.
 */
static void start_flash(struct kpu_boot *boot)
{
	const struct kpu_boot_style *style = kpu_boot_find_style(boot->result->style);
	const struct kpu_boot_port_ops *ops = boot->port->ops;

	if (!style || style->steps[0].dtr != style->idle.dtr ||
	    style->steps[0].rts != style->idle.rts)
		return;
	if (ops->set_lines(boot->port, style->steps[1].dtr, style->steps[1].rts) < 0)
		return;
	ops->sleep(boot->port, RESET_US);
	ops->set_lines(boot->port, style->idle.dtr, style->idle.rts);
}

static int check_images(struct kpu_boot *boot)
{
	const struct kpu_boot_images *images = boot->images;

	if (images->first_stage_size == 0 || images->first_stage_size > KPU_STAGE_BYTES_MAX)
		return kpu_fail(boot->error, KPU_ERR_READ_FILE,
				"the first stage has %zu bytes, not 1..%u",
				images->first_stage_size, KPU_STAGE_BYTES_MAX);
	if (images->firmware_size == 0 || images->firmware_size > KPU_STAGE_FIRMWARE_BYTES_MAX)
		return kpu_fail(boot->error, KPU_ERR_READ_FILE,
				"the firmware has %zu bytes, not 1..%u", images->firmware_size,
				KPU_STAGE_FIRMWARE_BYTES_MAX);
	return 0;
}

/*
 * A first stage that falls silent or has gone was lost to something that is over by now, as a
 * reset button or a computer that stood still: with that the second attempt begins anew.
 */
static int boot_board(struct kpu_boot *boot)
{
	int rc;

	for (unsigned attempt = 1;; attempt++) {
		rc = kpu_boot_rom(boot);
		if (rc < 0)
			return rc;
		rc = kpu_boot_stage(boot);
		if ((rc != -KPU_ERR_TIMEOUT && rc != -KPU_ERR_BOARD_RESET) ||
		    attempt == BOOT_ATTEMPTS)
			return rc;
		kpu_boot_log(boot, "%s; once more from the reset on", boot->error->message);
	}
}

int kpu_boot_run(struct kpu_boot_port *port, const struct kpu_boot_board *board,
		 const struct kpu_boot_images *images, const struct kpu_boot_options *options,
		 struct kpu_boot_result *result, struct kpu_error *error)
{
	struct kpu_error unused = { 0 };
	struct kpu_boot boot = {
		.port = port,
		.options = options,
		.board = board,
		.images = images,
		.result = result,
		.error = error ? error : &unused,
	};
	uint64_t begun = kpu_boot_now(&boot);
	int rc;

	memset(result, 0, sizeof(*result));
	snprintf(result->board, sizeof(result->board), "%s", board ? board->name : "unknown board");
	rc = check_images(&boot);
	if (rc == 0)
		rc = boot_board(&boot);
	result->total_us = (uint32_t)(kpu_boot_now(&boot) - begun);
	if (rc == -KPU_ERR_CANCELLED)
		start_flash(&boot);
	if (boot.baud != KPU_BOOT_BAUD)
		kpu_boot_set_baud(&boot, KPU_BOOT_BAUD);
	if (rc == 0)
		kpu_boot_log(&boot,
			     "firmware started: %u bytes at %u baud, %u ms in all, %u errors "
			     "healed",
			     result->bytes, result->rate, result->total_us / 1000,
			     result->errors_healed);
	return rc;
}
