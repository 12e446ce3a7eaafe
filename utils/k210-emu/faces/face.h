/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A face connects the board's USB bridge to the host. The runner polls its descriptors; the face
 * moves bytes between them and the bridge. Nothing here blocks.
 */
#ifndef K210_EMU_FACES_FACE_H
#define K210_EMU_FACES_FACE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "utils/k210-emu/board.h"
#include "utils/k210-emu/bridge.h"

#define FACE_POLL_MAX 4

struct face;

struct face_ops {
	/* Fills in what to poll for; returns how many, at most FACE_POLL_MAX. */
	size_t (*prepare)(struct face *face, struct pollfd *fds);
	/* Reads and writes what poll(2) found ready. */
	void (*handle)(struct face *face, const struct pollfd *fds, size_t count);
	/* The board has run: passes its output on as far as possible. */
	void (*flush)(struct face *face);
	/* The host has not taken all of the board's output yet, so it cannot have answered it. */
	bool (*host_is_behind)(struct face *face);
	void (*free)(struct face *face);
};

struct face {
	const struct face_ops *ops;
	struct board *board;
	bool powered;   /* the board may run */
	bool can_input; /* the host may still send something */
	bool must_wait; /* output that the host has to take first */
	bool closed;    /* the host went away for good */
};

/* "stdio", "fd:N" or "unix:PATH". NULL with a sentence in *problem. */
struct face *stream_face_new(struct board *board, const char *address, bool keep,
			     const char **problem);

/*
 * @device is "ch341" or "acm"; @address "HOST:PORT", "unix:PATH" or "fd:N" (a connected socket).
 * @external_power keeps the board running while nothing is connected.
 */
struct face *usbip_face_new(struct board *board, const char *device, const char *address,
			    bool external_power, const char **problem);

/*
 * A listening socket for "unix:PATH" or "HOST:PORT", or -1 with a sentence in *problem. With port 0
 * the system chooses one, and a line on standard output says which: @prefix and "listening on
 * HOST:PORT".
 */
int face_listen(const char *address, const char *prefix, const char **problem);
/* Bytes that the peer of a socket has not read; 0 for other descriptors. */
size_t face_unread_bytes(int fd);
/* Parses "fd:N"; -1 if @address is something else or no open descriptor. */
int face_descriptor(const char *address);

#endif
