/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * spi_cable HOST:PORT [HOST:PORT]: connects the test bed's SPI controller with the SPI face of an
 * emulated board and stays; ending it pulls the cable. Says "connected" when it is.
 *
 * The second address is the board's side channel: the bed's reset and boot lines go to the lines of
 * the board's bridge that --style=dan wires to reset and IO16.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kernel/kpu_spi_bed.h"
#include "utils/k210-emu/faces/spi_protocol.h"

#define HEADER SPI_FACE_HEADER_BYTES

static int connect_board(char *address)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	char *colon = strrchr(address, ':');
	int fd, one = 1;

	if (!colon)
		return -1;
	*colon = 0;
	name.sin_port = htons((uint16_t)atoi(colon + 1));
	if (inet_pton(AF_INET, address, &name.sin_addr) != 1)
		return -1;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* False: one end is gone. */
static int write_all(int to, const unsigned char *bytes, size_t length)
{
	while (length) {
		ssize_t written = write(to, bytes, length);

		if (written < 0 && errno != EINTR)
			return 0;
		if (written > 0) {
			bytes += written;
			length -= (size_t)written;
		}
	}
	return 1;
}

/* The side channel takes one client after the other, and tests use it as well. */
static void order(const char *board, const char *line, int asserted)
{
	char text[16], answer[32], address[64];
	int length = snprintf(text, sizeof(text), "%s %d\n", line, asserted), fd;

	snprintf(address, sizeof(address), "%s", board);
	fd = connect_board(address);
	if (fd < 0 || write(fd, text, (size_t)length) != length ||
	    read(fd, answer, sizeof(answer)) < 2 || strncmp(answer, "ok", 2))
		fprintf(stderr, "spi_cable: no %s", text);
	if (fd >= 0)
		close(fd);
}

/* Low is asserted. */
static void drive_lines(const char *board, const unsigned char *message)
{
	static int reset, boot;

	if (!board)
		return;
	if (boot != !message[2])
		order(board, "dtr", boot = !message[2]);
	if (reset != !message[1])
		order(board, "rts", reset = !message[1]);
}

static size_t message_size(const unsigned char *header)
{
	if (header[0] != SPI_FACE_TRANSFER || !(header[1] & SPI_FACE_DRIVE))
		return HEADER;
	return HEADER +
	       (header[8] | header[9] << 8 | (size_t)header[10] << 16 | (size_t)header[11] << 24);
}

/* What the bed has to say: messages for the board, and its lines. False: one end is gone. */
static int move_to_board(int bed, int board, const char *control)
{
	static unsigned char bytes[131072];
	static size_t size;
	ssize_t got = read(bed, bytes + size, sizeof(bytes) - size);
	size_t done = 0, length;

	if (got <= 0)
		return got < 0 && errno == EINTR;
	size += (size_t)got;
	while (size - done >= HEADER && size - done >= (length = message_size(bytes + done))) {
		if (bytes[done] == SPI_BED_LINES)
			drive_lines(control, bytes + done);
		else if (!write_all(board, bytes + done, length))
			return 0;
		done += length;
	}
	size -= done;
	memmove(bytes, bytes + done, size);
	return 1;
}

static int move_from_board(int board, int bed)
{
	static unsigned char bytes[131072];
	ssize_t length = read(board, bytes, sizeof(bytes));

	if (length <= 0)
		return length < 0 && errno == EINTR;
	return write_all(bed, bytes, (size_t)length);
}

int main(int argc, char **argv)
{
	struct pollfd ends[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int running = 1;

	const char *control = argc == 3 ? argv[2] : NULL;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: spi_cable HOST:PORT [HOST:PORT]\n");
		return 2;
	}
	ends[0].fd = open("/dev/kpu_spi_bed", O_RDWR | O_CLOEXEC);
	if (ends[0].fd < 0) {
		perror("spi_cable: /dev/kpu_spi_bed");
		return 1;
	}
	ends[1].fd = connect_board(argv[1]);
	if (ends[1].fd < 0) {
		perror("spi_cable: board");
		return 1;
	}
	puts("connected");
	fflush(stdout);
	while (running && poll(ends, 2, -1) >= 0) {
		if (ends[0].revents)
			running = move_to_board(ends[0].fd, ends[1].fd, control);
		if (running && ends[1].revents)
			running = move_from_board(ends[1].fd, ends[0].fd);
	}
	return 0;
}
