/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * spi_cable HOST:PORT: connects the test bed's SPI controller with the SPI face of an emulated
 * board and stays; ending it pulls the cable. Says "connected" when it is.
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
static int move(int from, int to)
{
	static char bytes[131072];
	ssize_t length = read(from, bytes, sizeof(bytes)), done = 0;

	if (length <= 0)
		return length < 0 && errno == EINTR;
	while (done < length) {
		ssize_t written = write(to, bytes + done, (size_t)(length - done));

		if (written < 0 && errno != EINTR)
			return 0;
		if (written > 0)
			done += written;
	}
	return 1;
}

int main(int argc, char **argv)
{
	struct pollfd ends[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int running = 1;

	if (argc != 2) {
		fprintf(stderr, "usage: spi_cable HOST:PORT\n");
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
			running = move(ends[0].fd, ends[1].fd);
		if (running && ends[1].revents)
			running = move(ends[1].fd, ends[0].fd);
	}
	return 0;
}
