/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */

/*
 * The USB cable of the emulated board: connect to its USB/IP face and hand the socket to the
 * kernel's virtual host controller. No import handshake takes place, so no usbip tools are needed.
 *
 *   usbip_attach [-1] [-p PORT] HOST:PORT|unix:PATH full|high
 *
 * It stays in the foreground as long as the cable is plugged in. SIGTERM or SIGINT pulls the
 * cable: the connection is cut without a word to the host controller, as a surprise unplug is. It
 * also ends when the other side cuts the connection. With -1 it exits at once and leaves the
 * socket to the kernel. -p chooses the controller's port (default: the first free one).
 *
 * The attribute formats are those of the kernel's drivers/usb/usbip/vhci_sysfs.c: "attach" takes
 * "port socket devid speed"; "status" lists per port hub, port, state (4: free), speed, devid.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONTROLLER "/sys/devices/platform/vhci_hcd.0/"

/* enum usb_device_speed of the kernel. */
enum {
	SPEED_FULL = 2,
	SPEED_HIGH = 3
};
enum {
	PORT_STATE_FREE = 4
};

static int fail(const char *what)
{
	fprintf(stderr, "usbip_attach: %s: %s\n", what, strerror(errno));
	return 1;
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	return fd;
}

static int connect_tcp(const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const char *colon = strrchr(text, ':');
	const int on = 1;
	char host[64];
	int fd;

	errno = EINVAL;
	if (!colon || (size_t)(colon - text) >= sizeof(host))
		return -1;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	address.sin_port = htons((unsigned short)atoi(colon + 1));
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return -1;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* The first free high-speed port of the controller, which takes full-speed devices as well. */
static int free_port(void)
{
	FILE *status = fopen(CONTROLLER "status", "re");
	char line[160];
	int found = -1;

	while (status && found < 0 && fgets(line, sizeof(line), status)) {
		int port, state;

		if (sscanf(line, "hs %d %d", &port, &state) == 2 && state == PORT_STATE_FREE)
			found = port;
	}
	if (status)
		fclose(status);
	if (found < 0)
		errno = EBUSY;
	return found;
}

static int attach(int port, int fd, int speed)
{
	FILE *attribute = fopen(CONTROLLER "attach", "we");
	int failed;

	if (!attribute)
		return -1;
	/* The device id only returns in packets; any number but zero will do. */
	failed = fprintf(attribute, "%d %d %d %d", port, fd, 0x10000 + port + 1, speed) < 0;
	failed |= fclose(attribute) != 0;
	return failed ? -1 : 0;
}

/* Two cables plugged in at the same time must not choose the same port. */
static int choose_and_attach(int port, int fd, int speed)
{
	FILE *lock = fopen("/tmp/usbip_attach.lock", "we");

	if (!lock || flock(fileno(lock), LOCK_EX))
		return -1;
	if (port < 0)
		port = free_port();
	if (port < 0 || attach(port, fd, speed))
		port = -1;
	fclose(lock);
	return port;
}

static void hold_until_signal(int fd, const sigset_t *signals)
{
	struct pollfd watched[] = {
		{ .fd = signalfd(-1, signals, SFD_CLOEXEC), .events = POLLIN },
		{ .fd = fd, .events = POLLRDHUP },
	};

	while (poll(watched, 2, -1) < 0 && errno == EINTR)
		;
	shutdown(fd, SHUT_RDWR);
}

int main(int argc, char **argv)
{
	bool leave = false;
	sigset_t signals;
	int option, fd, speed, port = -1;

	while ((option = getopt(argc, argv, "1p:")) != -1) {
		if (option == '1')
			leave = true;
		else if (option == 'p')
			port = atoi(optarg);
		else
			return 2;
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: usbip_attach [-1] [-p PORT] ADDRESS full|high\n");
		return 2;
	}
	speed = strcmp(argv[optind + 1], "high") ? SPEED_FULL : SPEED_HIGH;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	/* A Ctrl-C at the prompt of the interactive guest is not for the cable. */
	setpgid(0, 0);

	if (!strncmp(argv[optind], "unix:", 5))
		fd = connect_unix(argv[optind] + 5);
	else
		fd = connect_tcp(argv[optind]);
	if (fd < 0)
		return fail(argv[optind]);
	port = choose_and_attach(port, fd, speed);
	if (port < 0)
		return fail(CONTROLLER "attach");
	printf("usbip_attach: port %d\n", port);
	fflush(stdout);
	if (!leave)
		hold_until_signal(fd, &signals);
	return 0;
}
