/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Bringing the firmware onto a board through its mask ROM: docs/boot.md. Works on any port
 * (lib/boot/port.h); kpu_boot_tty() and kpu_boot_fd() of kpu.h do it on serial ports.
 */
#ifndef KPU_LIB_BOOT_BOOT_H
#define KPU_LIB_BOOT_BOOT_H

#include <kpu.h>

#include "lib/boot/boards.h"
#include "lib/boot/frame.h"
#include "lib/boot/port.h"

/* Files to bring; both in memory. */
struct kpu_boot_images {
	uint8_t *first_stage, *firmware;
	size_t first_stage_size, firmware_size;
};

struct kpu_boot {
	struct kpu_boot_port *port;
	const struct kpu_boot_options *options;
	const struct kpu_boot_board *board; /* NULL: unknown */
	const struct kpu_boot_images *images;
	struct kpu_boot_result *result;
	struct kpu_error *error;

	uint32_t baud;
	struct kpu_frame_decoder decoder;
	uint8_t input[512]; /* from the line, not yet looked at */
	size_t input_size, input_taken;
	unsigned probes; /* frames sent to get into step with the ROM */
	uint8_t line[KPU_FRAME_LINE_BYTES_MAX];
};

/*
 * Everything from reset to the start of the firmware, which then speaks at KPU_BOOT_BAUD, as does
 * the port. On failure the lines are left as they are when nothing is plugged in.
 */
int kpu_boot_run(struct kpu_boot_port *port, const struct kpu_boot_board *board,
		 const struct kpu_boot_images *images, const struct kpu_boot_options *options,
		 struct kpu_boot_result *result, struct kpu_error *error);

/* ---- between the files of this folder ---- */

void kpu_boot_log(struct kpu_boot *boot, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
uint64_t kpu_boot_now(struct kpu_boot *boot);
/* Time that @bytes take on the line, microseconds. */
uint32_t kpu_boot_line_us(const struct kpu_boot *boot, size_t bytes);
int kpu_boot_set_baud(struct kpu_boot *boot, uint32_t baud);
/* The next frame, in boot->decoder.bytes; its size, 0: none within the time, or an error. */
int kpu_boot_receive(struct kpu_boot *boot, uint32_t timeout_us);
/* Error of a port's function, as a sentence. */
int kpu_boot_port_error(struct kpu_boot *boot, int rc);
/* boot->line. */
int kpu_boot_send(struct kpu_boot *boot, size_t length);

/* rom.c: resets the board into the mask ROM, brings the first stage there and starts it. */
int kpu_boot_rom(struct kpu_boot *boot);
/* stage.c: agrees on a rate with the first stage that runs, gives it the firmware, starts that. */
int kpu_boot_stage(struct kpu_boot *boot);

/* stage_call.c */
struct kpu_stage_answer {
	uint8_t status;
	uint32_t value;
	const uint8_t *data; /* valid until the next call */
	size_t size;
};
/*
 * Asks until there is an answer, @tries times, each for @timeout_us beyond the line's time. 1: it
 * is in *answer. 0: none. Negative: the port failed. -KPU_ERR_BOARD_RESET: the ROM answers.
 */
int kpu_stage_ask(struct kpu_boot *boot, uint8_t operation, uint32_t value, const uint8_t *data,
		  size_t size, unsigned tries, uint32_t timeout_us,
		  struct kpu_stage_answer *answer);
/* Without an answer. */
int kpu_stage_tell(struct kpu_boot *boot, uint8_t operation, uint32_t value, const uint8_t *data,
		   size_t size);
#define KPU_STAGE_ANSWER_US 120000u

/* stage_rate.c: the highest rate that works, boot->baud when it returns. */
int kpu_stage_raise_rate(struct kpu_boot *boot);
/* The next one below that works. */
int kpu_stage_lower_rate(struct kpu_boot *boot);

#endif
