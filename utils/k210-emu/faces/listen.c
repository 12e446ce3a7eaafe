/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "utils/k210-emu/faces/face.h"

int face_descriptor(const char *address)
{
	char *end;
	long number;

	if (strncmp(address, "fd:", 3) || address[3] < '0' || address[3] > '9')
		return -1;
	number = strtol(address + 3, &end, 10);
	if (*end || number > 65535 || fcntl((int)number, F_GETFD) < 0)
		return -1;
	return (int)number;
}

size_t face_unread_bytes(int fd)
{
	int bytes = 0;

	if (fd < 0 || ioctl(fd, SIOCOUTQ, &bytes) < 0 || bytes < 0)
		return 0;
	return (size_t)bytes;
}

static int listen_unix(const char *path, const char **problem)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct stat old;
	int fd;

	*problem = "the socket path is empty or too long";
	if (!*path || strlen(path) >= sizeof(name.sun_path))
		return -1;
	memcpy(name.sun_path, path, strlen(path) + 1);
	/* A socket that an earlier run left behind. */
	if (stat(path, &old) == 0 && S_ISSOCK(old.st_mode))
		unlink(path);
	*problem = "cannot listen on the socket path";
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 1) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* With port 0 the system has chosen; whoever started us has to know. */
static void say_port(int fd, const char *prefix, const char *host)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);
	char port[8];

	if (getsockname(fd, (struct sockaddr *)&name, &length) ||
	    getnameinfo((struct sockaddr *)&name, length, NULL, 0, port, sizeof(port),
			NI_NUMERICSERV))
		return;
	printf("%slistening on %s:%s\n", prefix, host, port);
	fflush(stdout);
}

static int listen_tcp(const char *address, const char *prefix, const char **problem)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	const char *colon = strrchr(address, ':');
	char host[256];
	int fd = -1, one = 1;

	*problem = "expected unix:PATH, fd:N or HOST:PORT";
	if (!colon || (size_t)(colon - address) >= sizeof(host))
		return -1;
	memcpy(host, address, (size_t)(colon - address));
	host[colon - address] = 0;
	*problem = "cannot listen on that host and port";
	/* getaddrinfo() takes larger ones, too, and then means another port. */
	if (strtoul(colon + 1, NULL, 10) > 65535)
		return -1;
	if (getaddrinfo(host, colon + 1, &hints, &found))
		return -1;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, 1) < 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(found);
	if (fd >= 0 && !strcmp(colon + 1, "0"))
		say_port(fd, prefix, host);
	return fd;
}

int face_listen(const char *address, const char *prefix, const char **problem)
{
	if (!strncmp(address, "unix:", 5))
		return listen_unix(address + 5, problem);
	return listen_tcp(address, prefix, problem);
}
