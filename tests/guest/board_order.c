/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * One order to the side channel of an emulated board, docs/emulated-board.md.
 *
 *   board_order HOST:PORT WORD...
 *
 * Exit status 0 when the board answered "ok".
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int connect_to(char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const struct timeval limit = { .tv_sec = 10 };
	char *colon = strrchr(text, ':');
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!colon || fd < 0)
		return -1;
	*colon = 0;
	address.sin_port = htons((unsigned short)atoi(colon + 1));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (inet_pton(AF_INET, text, &address.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	char line[128] = "", answer[128] = "";
	int fd = argc > 2 ? connect_to(argv[1]) : -1;
	ssize_t length;

	if (fd < 0) {
		fprintf(stderr, "board_order: %s: no connection\n", argc > 1 ? argv[1] : "?");
		return 1;
	}
	for (int i = 2; i < argc; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s%s", argv[i],
			 i + 1 < argc ? " " : "\n");
	if (write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		return 1;
	length = read(fd, answer, sizeof(answer) - 1);
	if (length <= 0 || strncmp(answer, "ok", 2)) {
		fprintf(stderr, "board_order: %.*s: %s\n", (int)strcspn(line, "\n"), line, answer);
		return 1;
	}
	return 0;
}
