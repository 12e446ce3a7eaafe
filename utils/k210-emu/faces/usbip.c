/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The board as a USB-serial bridge over USB/IP. One connection at a time, without the import
 * handshake: the guest hands its end of the socket to vhci_hcd. A closed connection is a pulled
 * cable.
 *
 * What the board sends while nobody reads is kept up to the size of the bridge's buffer and lost
 * beyond, as a bridge chip with a closed port does; without a cable everything is lost.
 */
#include "utils/k210-emu/faces/usbip.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void usbip_reply(struct usbip_face *usbip, const void *bytes, size_t size)
{
	if (usbip->reply_start == usbip->reply_end)
		usbip->reply_start = usbip->reply_end = 0;
	if (usbip->reply_capacity - usbip->reply_end < size) {
		size_t capacity = usbip->reply_end + size + 65536;
		uint8_t *grown = NULL;

		if (capacity <= USBIP_REPLY_MAX)
			grown = realloc(usbip->reply, capacity);
		if (!grown) {
			usbip->failed = true;
			return;
		}
		usbip->reply = grown;
		usbip->reply_capacity = capacity;
	}
	memcpy(usbip->reply + usbip->reply_end, bytes, size);
	usbip->reply_end += size;
}

static void plug_in(struct usbip_face *usbip, int connection)
{
	struct board *board = usbip->face.board;
	int one = 1;

	/* Fails on anything but TCP, where it is not needed. */
	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	usbip->connection = connection;
	usbip->input_size = usbip->reply_start = usbip->reply_end = 0;
	usbip->failed = false;
	usb_serial_reset(&usbip->serial, board->bridge);
	usbip->face.powered = true;
	if (!usbip->external_power)
		board_reset(board, RESET_POWER_ON);
}

static void pull_out(struct usbip_face *usbip)
{
	close(usbip->connection);
	usbip->connection = -1;
	usbip_drop_requests(usbip);
	usbip->face.powered = usbip->external_power;
	if (usbip->listener < 0) {
		usbip->face.can_input = false;
		usbip->face.closed = true;
	}
}

static void receive(struct usbip_face *usbip)
{
	ssize_t got = recv(usbip->connection, usbip->input + usbip->input_size,
			   USBIP_INPUT_SIZE - usbip->input_size, MSG_DONTWAIT);

	if (got > 0) {
		usbip->input_size += (size_t)got;
		usbip_handle_input(usbip);
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		usbip->failed = true;
	}
}

static void send_replies(struct usbip_face *usbip)
{
	while (!usbip->failed && usbip->reply_start < usbip->reply_end) {
		ssize_t sent =
			send(usbip->connection, usbip->reply + usbip->reply_start,
			     usbip->reply_end - usbip->reply_start, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (sent < 0)
			usbip->failed = true;
		else
			usbip->reply_start += (size_t)sent;
	}
}

static void usbip_flush(struct face *face)
{
	struct usbip_face *usbip = (struct usbip_face *)face;
	size_t lost;

	if (usbip->connection < 0) {
		bridge_output(face->board->bridge, &lost);
		bridge_consume(face->board->bridge, lost);
		return;
	}
	usbip_transfer(usbip);
	send_replies(usbip);
	if (usbip->failed)
		pull_out(usbip);
}

static size_t usbip_prepare(struct face *face, struct pollfd *fds)
{
	struct usbip_face *usbip = (struct usbip_face *)face;

	if (usbip->connection < 0) {
		fds[0] = (struct pollfd){ .fd = usbip->listener, .events = POLLIN };
		return usbip->listener >= 0;
	}
	fds[0] = (struct pollfd){ .fd = usbip->connection, .events = POLLIN };
	if (usbip->reply_start < usbip->reply_end)
		fds[0].events |= POLLOUT;
	return 1;
}

static void usbip_handle(struct face *face, const struct pollfd *fds, size_t count)
{
	struct usbip_face *usbip = (struct usbip_face *)face;

	if (count == 0 || !fds[0].revents)
		return;
	if (usbip->connection < 0) {
		int connection = accept4(usbip->listener, NULL, NULL, SOCK_CLOEXEC);

		if (connection >= 0)
			plug_in(usbip, connection);
		return;
	}
	if (fds[0].revents & (POLLIN | POLLHUP | POLLERR))
		receive(usbip);
	usbip_flush(face);
}

static bool usbip_host_is_behind(struct face *face)
{
	struct usbip_face *usbip = (struct usbip_face *)face;

	return usbip->connection >= 0 &&
	       (usbip->reply_start < usbip->reply_end || face_unread_bytes(usbip->connection));
}

static void usbip_free(struct face *face)
{
	struct usbip_face *usbip = (struct usbip_face *)face;

	usbip_drop_requests(usbip);
	if (usbip->connection >= 0)
		close(usbip->connection);
	if (usbip->listener >= 0)
		close(usbip->listener);
	free(usbip->input);
	free(usbip->reply);
	free(usbip);
}

static const struct face_ops usbip_ops = {
	.prepare = usbip_prepare,
	.handle = usbip_handle,
	.flush = usbip_flush,
	.host_is_behind = usbip_host_is_behind,
	.free = usbip_free,
};

/* Opens the listener, or takes over a connected socket. */
static bool open_address(struct usbip_face *usbip, const char *address, const char **problem)
{
	int connection;

	if (strncmp(address, "fd:", 3)) {
		usbip->listener = face_listen(address, "", problem);
		return usbip->listener >= 0;
	}
	*problem = "no open descriptor of that number";
	connection = face_descriptor(address);
	if (connection < 0)
		return false;
	plug_in(usbip, connection);
	return true;
}

struct face *usbip_face_new(struct board *board, const char *device, const char *address,
			    bool external_power, const char **problem)
{
	struct usbip_face *usbip = calloc(1, sizeof(*usbip));
	uint8_t *input = malloc(USBIP_INPUT_SIZE);

	*problem = "out of memory";
	if (!usbip || !input) {
		free(usbip);
		free(input);
		return NULL;
	}
	usbip->face = (struct face){
		.ops = &usbip_ops, .board = board, .powered = external_power, .can_input = true
	};
	usbip->device = !strcmp(device, "acm") ? &usb_acm : &usb_ch341;
	usbip->external_power = external_power;
	usbip->input = input;
	usbip->listener = usbip->connection = -1;
	usbip_drop_requests(usbip);
	if (external_power)
		board_reset(board, RESET_POWER_ON);
	if (!open_address(usbip, address, problem)) {
		usbip_free(&usbip->face);
		return NULL;
	}
	return &usbip->face;
}
