/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */

/*
 * A USB serial bridge over USB/IP that sends every byte back: no board, no firmware, just enough
 * device for the kernel's ch341 and cdc_acm drivers. The self-test of the guest test bed uses it,
 * to tell a broken bed from a broken board. It shares no code with the emulated board's own USB/IP
 * face, so one can be held against the other.
 *
 *   usbip_echo ch341|acm HOST:PORT     port 0 takes any; the one taken is printed
 *
 * Packet layout: Documentation/usb/usbip_protocol.rst of the kernel, commands SUBMIT and UNLINK.
 * Vendor requests of the bridge: drivers/usb/serial/ch341.c of the kernel.
 */

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CMD_SUBMIT = 1,
	CMD_UNLINK = 2,
	RET_SUBMIT = 3,
	RET_UNLINK = 4
};
enum {
	DIRECTION_OUT = 0,
	DIRECTION_IN = 1
};
enum {
	REQUEST_GET_DESCRIPTOR = 6,
	DESCRIPTOR_DEVICE = 1,
	DESCRIPTOR_CONFIGURATION = 2
};
enum {
	CH341_READ_VERSION = 0x5f,
	CH341_READ_REGISTER = 0x95,
	ACM_GET_LINE_CODING = 0x21
};
enum {
	ENDPOINTS = 4,
	MAX_WAITING = 64,
	FIFO_SIZE = 1 << 20,
	MAX_TRANSFER = 1 << 16
};

/* All fields big endian; what follows `endpoint` depends on the command. */
struct packet {
	uint32_t command;
	uint32_t sequence;
	uint32_t device;
	uint32_t direction;
	uint32_t endpoint;
	union {
		struct {
			uint32_t flags, length, start_frame, packets, interval;
			uint8_t setup[8];
		} submit;
		struct {
			int32_t status;
			uint32_t length, start_frame, packets, errors;
			uint8_t padding[8];
		} result;
		struct {
			uint32_t sequence;
			uint8_t padding[24];
		} unlink;
	} u;
};

_Static_assert(sizeof(struct packet) == 48, "USB/IP packets have 48 bytes before the data");

struct waiting {
	uint32_t sequence; /* as received */
	uint32_t length;
};

struct bridge {
	const uint8_t *device, *configuration;
	uint8_t data_in; /* number of the bulk IN endpoint */
	int fd;
	struct waiting waiting[ENDPOINTS][MAX_WAITING]; /* IN requests, oldest first */
	unsigned int waiting_count[ENDPOINTS];
	uint8_t *fifo; /* bytes to send back */
	size_t fifo_length;
};

/* clang-format off */
static const uint8_t ch341_device[18] = {
	18, 1, 0x10, 0x01, 0xff, 0, 0, 8, 0x86, 0x1a, 0x23, 0x75, 0x04, 0x03, 0, 0, 0, 1,
};
static const uint8_t ch341_configuration[] = {
	9, 2, 39, 0, 1, 1, 0, 0x80, 50, /* configuration */
	9, 4, 0, 0, 3, 0xff, 1, 2, 0,   /* interface */
	7, 5, 0x82, 2, 32, 0, 0,        /* bulk IN */
	7, 5, 0x02, 2, 32, 0, 0,        /* bulk OUT */
	7, 5, 0x81, 3, 8, 0, 1,         /* interrupt IN: modem lines */
};

static const uint8_t acm_device[18] = {
	18, 1, 0, 2, 2, 0, 0, 64, 0x6b, 0x1d, 0x04, 1, 0, 1, 0, 0, 0, 1,
};
static const uint8_t acm_configuration[] = {
	9, 2, 67, 0, 2, 1, 0, 0x80, 50, /* configuration */
	9, 4, 0, 0, 1, 2, 2, 1, 0,      /* communication interface */
	5, 0x24, 0, 0x10, 1,            /* CDC header */
	5, 0x24, 1, 0, 1,               /* call management */
	4, 0x24, 2, 2,                  /* ACM: line coding and state */
	5, 0x24, 6, 0, 1,               /* union */
	7, 5, 0x83, 3, 16, 0, 9,        /* interrupt IN: notifications */
	9, 4, 1, 0, 2, 10, 0, 0, 0,     /* data interface */
	7, 5, 0x81, 2, 0, 2, 0,         /* bulk IN, 512 bytes */
	7, 5, 0x02, 2, 0, 2, 0,         /* bulk OUT */
};
/* clang-format on */

/* A recv of no bytes would wait for the next packet. */
static bool receive(int fd, void *data, size_t length)
{
	return !length || recv(fd, data, length, MSG_WAITALL) == (ssize_t)length;
}

static bool transmit(int fd, const void *data, size_t length)
{
	return send(fd, data, length, MSG_NOSIGNAL) == (ssize_t)length;
}

/* `sequence` is in wire order; `data` follows when the request was an IN. */
static bool reply(int fd, uint32_t sequence, int status, const uint8_t *data, uint32_t length,
		  bool with_data)
{
	static uint8_t buffer[sizeof(struct packet) + MAX_TRANSFER];
	struct packet packet = { .command = htobe32(RET_SUBMIT), .sequence = sequence };
	size_t size = sizeof(packet);

	packet.u.result.status = (int32_t)htobe32((uint32_t)status);
	packet.u.result.length = htobe32(length);
	memcpy(buffer, &packet, sizeof(packet));
	if (with_data && length) {
		memcpy(buffer + size, data, length);
		size += length;
	}
	return transmit(fd, buffer, size);
}

/* What the device answers to a control IN request; returns its length. */
static uint32_t control_in(const struct bridge *bridge, const uint8_t *setup, uint8_t *data)
{
	const uint8_t *found = NULL;
	uint32_t length = 0;

	memset(data, 0, 64);
	if (setup[0] == 0x80 && setup[1] == REQUEST_GET_DESCRIPTOR) {
		if (setup[3] == DESCRIPTOR_DEVICE) {
			found = bridge->device;
			length = found[0];
		} else if (setup[3] == DESCRIPTOR_CONFIGURATION) {
			found = bridge->configuration;
			length = found[2];
		}
	} else if (setup[0] == 0xc0 && setup[1] == CH341_READ_VERSION) {
		data[0] = 0x31;
		length = 2;
	} else if (setup[0] == 0xc0 && setup[1] == CH341_READ_REGISTER) {
		length = 2;
	} else if (setup[0] == 0xa1 && setup[1] == ACM_GET_LINE_CODING) {
		length = 7;
	} else if (setup[0] == 0x80) { /* GET_STATUS */
		length = 2;
	}
	if (found)
		memcpy(data, found, length);
	return length;
}

static bool handle_control(struct bridge *bridge, const struct packet *packet, uint32_t length)
{
	const uint8_t *setup = packet->u.submit.setup;
	uint8_t data[256];
	uint32_t available;

	if (packet->direction == htobe32(DIRECTION_OUT)) {
		if (length > sizeof(data) || !receive(bridge->fd, data, length))
			return false;
		return reply(bridge->fd, packet->sequence, 0, NULL, length, false);
	}
	available = control_in(bridge, setup, data);
	if (!available)
		return reply(bridge->fd, packet->sequence, -EPIPE, NULL, 0, false);
	return reply(bridge->fd, packet->sequence, 0, data, available < length ? available : length,
		     true);
}

static bool send_back(struct bridge *bridge)
{
	struct waiting *queue = bridge->waiting[bridge->data_in];
	unsigned int *count = &bridge->waiting_count[bridge->data_in];

	while (*count && bridge->fifo_length) {
		struct waiting first = queue[0];
		size_t length =
			bridge->fifo_length < first.length ? bridge->fifo_length : first.length;

		if (!reply(bridge->fd, first.sequence, 0, bridge->fifo, (uint32_t)length, true))
			return false;
		bridge->fifo_length -= length;
		memmove(bridge->fifo, bridge->fifo + length, bridge->fifo_length);
		memmove(queue, queue + 1, --*count * sizeof(*queue));
	}
	return true;
}

static bool handle_submit(struct bridge *bridge, const struct packet *packet)
{
	uint32_t endpoint = be32toh(packet->endpoint);
	uint32_t length = be32toh(packet->u.submit.length);

	if (endpoint >= ENDPOINTS || length > MAX_TRANSFER)
		return false;
	if (endpoint == 0)
		return handle_control(bridge, packet, length);
	if (packet->direction == htobe32(DIRECTION_IN)) {
		unsigned int *count = &bridge->waiting_count[endpoint];

		if (*count == MAX_WAITING)
			return false;
		bridge->waiting[endpoint][(*count)++] =
			(struct waiting){ packet->sequence, length };
		return send_back(bridge);
	}
	if (length > FIFO_SIZE - bridge->fifo_length ||
	    !receive(bridge->fd, bridge->fifo + bridge->fifo_length, length))
		return false;
	bridge->fifo_length += length;
	return reply(bridge->fd, packet->sequence, 0, NULL, length, false) && send_back(bridge);
}

static bool handle_unlink(struct bridge *bridge, const struct packet *packet)
{
	struct packet answer = { .command = htobe32(RET_UNLINK), .sequence = packet->sequence };

	for (unsigned int endpoint = 1; endpoint < ENDPOINTS; endpoint++) {
		struct waiting *queue = bridge->waiting[endpoint];
		unsigned int *count = &bridge->waiting_count[endpoint];

		for (unsigned int i = 0; i < *count; i++) {
			if (queue[i].sequence != packet->u.unlink.sequence)
				continue;
			memmove(queue + i, queue + i + 1, (--*count - i) * sizeof(*queue));
			answer.u.result.status = (int32_t)htobe32((uint32_t)-ECONNRESET);
			break;
		}
	}
	return transmit(bridge->fd, &answer, sizeof(answer));
}

/* One plugged-in cable, until it is pulled. */
static void serve(struct bridge *bridge, int fd)
{
	struct packet packet;
	bool good = true;

	bridge->fd = fd;
	bridge->fifo_length = 0;
	memset(bridge->waiting_count, 0, sizeof(bridge->waiting_count));
	while (good && receive(fd, &packet, sizeof(packet))) {
		if (packet.command == htobe32(CMD_SUBMIT))
			good = handle_submit(bridge, &packet);
		else if (packet.command == htobe32(CMD_UNLINK))
			good = handle_unlink(bridge, &packet);
		else
			good = false;
	}
	if (!good)
		fprintf(stderr, "usbip_echo: connection given up\n");
}

static int listen_on(const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	const char *colon = strrchr(text, ':');
	const int on = 1;
	char host[64] = "";
	int fd;

	if (!colon || (size_t)(colon - text) >= sizeof(host))
		return -1;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	memcpy(host, text, (size_t)(colon - text));
	address.sin_port = htons((uint16_t)atoi(colon + 1));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)&address, &length)) {
		close(fd);
		return -1;
	}
	printf("listening on %s:%u\n", host, ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	static struct bridge bridge;
	const int on = 1;
	int listening;

	if (argc != 3 || (strcmp(argv[1], "ch341") && strcmp(argv[1], "acm"))) {
		fprintf(stderr, "usage: usbip_echo ch341|acm HOST:PORT\n");
		return 2;
	}
	bridge.device = argv[1][0] == 'c' ? ch341_device : acm_device;
	bridge.configuration = argv[1][0] == 'c' ? ch341_configuration : acm_configuration;
	bridge.data_in = argv[1][0] == 'c' ? 2 : 1;
	bridge.fifo = malloc(FIFO_SIZE);
	listening = listen_on(argv[2]);
	if (listening < 0 || !bridge.fifo) {
		perror("usbip_echo");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int fd = accept(listening, NULL, NULL);

		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		serve(&bridge, fd);
		close(fd);
	}
}
