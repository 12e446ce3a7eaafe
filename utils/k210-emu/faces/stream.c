/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The bridge's bytes on standard input and output, a descriptor, or a listening socket. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "utils/k210-emu/faces/face.h"

/* POLLOUT on a pipe promises room for so much; more could block. */
#define WRITE_CHUNK 4096
/* The board waits for the host above this. */
#define OUTPUT_HIGH (256u * 1024)

struct stream_face {
	struct face face;
	int listener;      /* -1: none */
	int input, output; /* -1: not connected */
	bool keep;
};

static void disconnect(struct stream_face *stream)
{
	if (stream->input >= 0)
		close(stream->input);
	if (stream->output >= 0 && stream->output != stream->input)
		close(stream->output);
	stream->input = stream->output = -1;
	stream->face.must_wait = false;
	if (stream->keep && stream->listener >= 0)
		return;
	stream->face.can_input = false;
	stream->face.closed = !stream->keep;
}

/* End of input: with a socket the other side may still read, with --keep nothing ends. */
static void end_of_input(struct stream_face *stream)
{
	if (stream->keep && stream->listener >= 0) {
		disconnect(stream);
		return;
	}
	if (stream->input != stream->output)
		close(stream->input);
	stream->input = -1;
	stream->face.can_input = false;
	stream->face.closed = !stream->keep;
}

static size_t stream_prepare(struct face *face, struct pollfd *fds)
{
	struct stream_face *stream = (struct stream_face *)face;
	size_t count = 0, pending;

	if (stream->output < 0 && stream->listener >= 0) {
		fds[count++] = (struct pollfd){ .fd = stream->listener, .events = POLLIN };
		return count;
	}
	bridge_output(face->board->bridge, &pending);
	if (stream->input >= 0 && bridge_space(face->board->bridge))
		fds[count++] = (struct pollfd){ .fd = stream->input, .events = POLLIN };
	if (stream->output >= 0 && pending)
		fds[count++] = (struct pollfd){ .fd = stream->output, .events = POLLOUT };
	return count;
}

static void read_input(struct stream_face *stream)
{
	uint8_t buffer[16384];
	size_t space = bridge_space(stream->face.board->bridge);
	ssize_t got;

	if (space > sizeof(buffer))
		space = sizeof(buffer);
	got = read(stream->input, buffer, space);
	if (got > 0)
		bridge_from_host(stream->face.board->bridge, buffer, (size_t)got);
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		end_of_input(stream);
}

static ssize_t write_some(int fd, const uint8_t *bytes, size_t size)
{
	ssize_t sent = send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0 && errno == ENOTSOCK)
		sent = write(fd, bytes, size < WRITE_CHUNK ? size : WRITE_CHUNK);
	return sent;
}

/* Writes without blocking: polls before each piece, since a pipe may block otherwise. */
static void stream_flush(struct face *face)
{
	struct stream_face *stream = (struct stream_face *)face;
	struct bridge *bridge = face->board->bridge;
	const uint8_t *bytes;
	size_t size;

	while (stream->output >= 0 && (bytes = bridge_output(bridge, &size), size)) {
		struct pollfd fd = { .fd = stream->output, .events = POLLOUT };
		ssize_t sent;

		if (poll(&fd, 1, 0) <= 0)
			break;
		sent = write_some(stream->output, bytes, size);
		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (sent < 0) {
			disconnect(stream);
			return;
		}
		bridge_consume(bridge, (size_t)sent);
	}
	bridge_output(bridge, &size);
	/* Without anybody to take it, output is lost as on a board with nothing plugged in. */
	if (stream->output < 0)
		bridge_consume(bridge, size);
	face->must_wait = stream->output >= 0 && size > OUTPUT_HIGH;
}

static void accept_connection(struct stream_face *stream)
{
	int fd = accept4(stream->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		stream->input = stream->output = fd;
}

static void stream_handle(struct face *face, const struct pollfd *fds, size_t count)
{
	struct stream_face *stream = (struct stream_face *)face;

	for (size_t i = 0; i < count; i++) {
		if (!fds[i].revents)
			continue;
		if (fds[i].fd == stream->listener && stream->output < 0)
			accept_connection(stream);
		else if (fds[i].events & POLLIN && fds[i].fd == stream->input)
			read_input(stream);
	}
	stream_flush(face);
}

static bool stream_host_is_behind(struct face *face)
{
	struct stream_face *stream = (struct stream_face *)face;
	size_t pending;

	bridge_output(face->board->bridge, &pending);
	return pending || face_unread_bytes(stream->output);
}

static void stream_free(struct face *face)
{
	struct stream_face *stream = (struct stream_face *)face;

	if (stream->input > 2)
		close(stream->input);
	if (stream->output > 2 && stream->output != stream->input)
		close(stream->output);
	if (stream->listener >= 0)
		close(stream->listener);
	free(stream);
}

static const struct face_ops stream_ops = {
	.prepare = stream_prepare,
	.handle = stream_handle,
	.flush = stream_flush,
	.host_is_behind = stream_host_is_behind,
	.free = stream_free,
};

struct face *stream_face_new(struct board *board, const char *address, bool keep,
			     const char **problem)
{
	struct stream_face *stream = calloc(1, sizeof(*stream));

	*problem = "out of memory";
	if (!stream)
		return NULL;
	stream->face = (struct face){
		.ops = &stream_ops, .board = board, .powered = true, .can_input = true
	};
	stream->listener = stream->input = stream->output = -1;
	stream->keep = keep;
	if (!strcmp(address, "stdio")) {
		stream->input = STDIN_FILENO;
		stream->output = STDOUT_FILENO;
	} else if (!strncmp(address, "fd:", 3)) {
		stream->input = stream->output = face_descriptor(address);
		*problem = "no open descriptor of that number";
	} else {
		stream->listener = face_listen(address, "", problem);
	}
	if (stream->listener < 0 && stream->input < 0) {
		free(stream);
		return NULL;
	}
	return &stream->face;
}
