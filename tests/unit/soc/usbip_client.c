/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/soc/usbip_client.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 10000

static uint32_t last_seqnum;

void client_write_all(int fd, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size) {
		ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);

		ck_assert_int_gt(sent, 0);
		at += sent;
		size -= (size_t)sent;
	}
}

static void read_all(int fd, void *bytes, size_t size)
{
	uint8_t *at = bytes;

	while (size) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		ssize_t got;

		ck_assert_msg(poll(&poll_fd, 1, PATIENCE_MS) == 1, "the device does not answer");
		got = read(fd, at, size);
		ck_assert_msg(got > 0, "the device closed the connection");
		at += got;
		size -= (size_t)got;
	}
}

static void send_header(int fd, const uint32_t *words, const uint8_t *setup)
{
	uint32_t header[12];

	for (unsigned i = 0; i < 10; i++)
		header[i] = htonl(words[i]);
	memcpy(header + 10, setup, 8);
	client_write_all(fd, header, sizeof(header));
}

uint32_t client_submit(int fd, unsigned endpoint, int in, const uint8_t setup[8], const void *data,
		       uint32_t length)
{
	static const uint8_t no_setup[8];
	/* command, seqnum, devid, direction, ep, flags, length, start_frame, packets, interval */
	uint32_t words[10] = { 1, ++last_seqnum, 0x10002, !!in, endpoint, 0, length, 0, 0, 0 };

	send_header(fd, words, setup ? setup : no_setup);
	if (data)
		client_write_all(fd, data, length);
	return last_seqnum;
}

uint32_t client_unlink(int fd, uint32_t victim)
{
	static const uint8_t nothing[8];
	uint32_t words[10] = { 2, ++last_seqnum, 0x10002, 0, 0, victim };

	send_header(fd, words, nothing);
	return last_seqnum;
}

void client_receive(int fd, int in, struct usbip_answer *answer)
{
	uint32_t header[12];

	read_all(fd, header, sizeof(header));
	answer->command = ntohl(header[0]);
	answer->seqnum = ntohl(header[1]);
	answer->status = (int32_t)ntohl(header[5]);
	answer->length = ntohl(header[6]);
	ck_assert_uint_le(answer->length, sizeof(answer->data));
	if (in && answer->command == 3)
		read_all(fd, answer->data, answer->length);
}

int client_is_closed(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	uint8_t byte;

	if (poll(&poll_fd, 1, PATIENCE_MS) != 1)
		return 0;
	return read(fd, &byte, 1) <= 0;
}

int32_t client_control(int fd, unsigned type, unsigned request, unsigned value, unsigned index,
		       const void *data, unsigned length, struct usbip_answer *answer)
{
	const uint8_t setup[8] = { (uint8_t)type,   (uint8_t)request,
				   (uint8_t)value,  (uint8_t)(value >> 8),
				   (uint8_t)index,  (uint8_t)(index >> 8),
				   (uint8_t)length, (uint8_t)(length >> 8) };
	int in = (type & CLIENT_CONTROL_IN) != 0;
	uint32_t seqnum = client_submit(fd, 0, in, setup, in ? NULL : data, length);

	client_receive(fd, in, answer);
	ck_assert_uint_eq(answer->seqnum, seqnum);
	return answer->status;
}
