/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* One port to one /dev/kpuN: boot the board, give the line to the driver, stay and watch it. */
#ifndef KPUCTL_ATTACH_H
#define KPUCTL_ATTACH_H

#include "utils/kpuctl/command.h"

struct attach_request {
	const char *tty;
	uint32_t baud; /* at which a board that is not booted speaks */
	uint32_t rate; /* the highest to use; 0: what works */
	const char *style, *firmware;
	bool boot, verbose;
	/* Called once /dev/kpuN is there, named @device, and works. */
	void (*attached)(void *context, const char *device);
	void *context;
};

/*
 * Returns an exit code when the tty has gone or a signal has come; EXIT_NO_ROM: there is no
 * K210, and the port is as it was.
 */
int attach_line(const struct attach_request *request);

/* SIGINT, SIGTERM and SIGHUP end attach_line() in an orderly way. */
void attach_catch_signals(void);
bool attach_is_stopped(void);
/* Ends the process by the signal that has stopped it, for whoever waits for the process. */
void attach_end_by_signal(void);

#endif
