/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What a stream cannot carry: the modem lines, and the hands of somebody at the board. One command
 * per line, each answered with "ok" or "error: ..." when it has been done:
 *
 *   dtr 0|1, rts 0|1   lines of the bridge, 1 = asserted
 *   boot 0|1           the boot button
 *   reset              the reset button, pressed and let go
 *   power              off and on again
 *   poke ADDRESS WORD  what a debugger does: four bytes to an aligned address
 *   flash-poke ADDRESS WORD  other cells, as if they had always been there
 *   flash busy|gone|fine     the chip says busy for ever, drives nothing, is well again
 *   flash-mode dual-read|quad-read|qpi|power-down
 *                      as a program that was reset may leave it, see devices/nor_flash.h
 *   noise PPM          damages so many of a million characters on the line from now on
 *   line-max BAUD      the bridge cannot go above from now on; 0: any rate
 *
 * The effect on a running program is that of the real thing: it is reset before it executes
 * another instruction.
 */
#ifndef K210_EMU_FACES_CONTROL_H
#define K210_EMU_FACES_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board;
struct control;

#define CONTROL_POLL_MAX 1

/*
 * "unix:PATH" or "HOST:PORT", one client after the other, or "fd:N". NULL with a sentence in
 * *problem. @noise_seed is for "noise".
 */
struct control *control_new(struct board *board, const char *address, uint64_t noise_seed,
			    const char **problem);
void control_free(struct control *control);

/* As in struct face_ops. */
size_t control_prepare(struct control *control, struct pollfd *fds);
void control_handle(struct control *control, const struct pollfd *fds, size_t count);
/* A command may still come. */
bool control_is_open(const struct control *control);

#endif
