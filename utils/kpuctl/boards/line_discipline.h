/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A serial port that is given to the kernel driver and taken back. */
#ifndef KPUCTL_LINE_DISCIPLINE_H
#define KPUCTL_LINE_DISCIPLINE_H

#include <kpu.h>

struct line {
	int fd;
	bool given;
	bool has_before; /* the port's settings and lines as they were */
	unsigned char before[64];
	int lines_before;
};

/* Opens @path, ours alone, raw at @baud. 0 or a negative errno: EBUSY another program has it. */
int line_open(struct line *line, const char *path, uint32_t baud);
int line_set_baud(struct line *line, uint32_t baud);
/* To kpu_tty. -EINVAL: the module is not there. */
int line_give(struct line *line);
/*
 * This process boots the board on demand from now on, and the rate of the line is to be @baud
 * (0: the one that it has). -ENOTTY: a driver that knows nothing of this.
 */
int line_hold(struct line *line, uint32_t baud);
/*
 * Waits for up to @timeout_ms. 1: the driver asks for the board to be booted. 0: nothing. Negative:
 * the tty has gone.
 */
int line_wait(struct line *line, int timeout_ms);
/* The line's bytes are ours until line_end_boot(); @reason gets the driver's sentence. */
int line_begin_boot(struct line *line, char *reason, size_t size);
/* @status: 0 or an enum kpu_error_code with its sentence. */
int line_end_boot(struct line *line, int status, uint32_t baud, const char *sentence);
/*
 * An ordinary tty again, with the settings it had. With @put_back_lines DTR and RTS, too: some
 * boards take that for a reset.
 */
void line_close(struct line *line, bool put_back_lines);

#endif
