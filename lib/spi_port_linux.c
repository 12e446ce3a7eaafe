/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * An SPI bus of this computer, from user space: spidev for the transfers, the kernel's GPIO
 * character device (version 2 of its interface, Linux 5.10) for the ready line.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <linux/spi/spidev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/spi_port.h"

#define BUFFER_SIZE_FILE    "/sys/module/spidev/parameters/bufsiz"
#define BUFFER_SIZE_DEFAULT 4096u
#define EVENTS              16

struct linux_port {
	struct kpu_spi_port port;
	int bus, line;
};

static int transfer(struct kpu_spi_port *base, const uint8_t *out, uint8_t *in, size_t length,
		    uint32_t hz)
{
	struct linux_port *port = (struct linux_port *)base;
	struct spi_ioc_transfer wanted = { .tx_buf = (uintptr_t)out,
					   .rx_buf = (uintptr_t)in,
					   .len = (uint32_t)length,
					   .speed_hz = hz,
					   .bits_per_word = 8 };

	return ioctl(port->bus, SPI_IOC_MESSAGE(1), &wanted) < 0 ? -errno : 0;
}

static int take_edges(struct kpu_spi_port *base)
{
	struct linux_port *port = (struct linux_port *)base;
	struct gpio_v2_line_event events[EVENTS];
	bool fell = false;

	for (;;) {
		ssize_t got = read(port->line, events, sizeof(events));

		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (got <= 0)
			return fell;
		for (size_t i = 0; i < (size_t)got / sizeof(events[0]); i++)
			fell |= events[i].id == GPIO_V2_LINE_EVENT_FALLING_EDGE;
	}
}

static bool ready(struct kpu_spi_port *base)
{
	struct linux_port *port = (struct linux_port *)base;
	struct gpio_v2_line_values values = { .mask = 1 };

	return ioctl(port->line, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) == 0 && (values.bits & 1);
}

static void close_port(struct kpu_spi_port *base)
{
	struct linux_port *port = (struct linux_port *)base;

	if (port->bus >= 0)
		close(port->bus);
	if (port->line >= 0)
		close(port->line);
	free(port);
}

static const struct kpu_spi_port_ops linux_ops = {
	.transfer = transfer,
	.take_edges = take_edges,
	.ready = ready,
	.close = close_port,
};

/* What spidev takes in one message. */
static size_t buffer_size(void)
{
	FILE *file = fopen(BUFFER_SIZE_FILE, "r");
	unsigned size = BUFFER_SIZE_DEFAULT;

	if (file && fscanf(file, "%u", &size) != 1)
		size = BUFFER_SIZE_DEFAULT;
	if (file)
		fclose(file);
	return size;
}

static int open_bus(const char *path, bool one_wire, struct kpu_error *error)
{
	uint32_t mode = SPI_MODE_0 | (one_wire ? SPI_3WIRE : 0);
	char reason[64];
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, SPI_IOC_WR_MODE32, &mode) == 0)
		return fd;
	kpu_fail(error, KPU_ERR_NO_DEVICE, "%s: %s", path,
		 strerror_r(errno, reason, sizeof(reason)));
	kpu_error_advise(error, "the kernel's spidev driver has to hold this chip select");
	if (fd >= 0)
		close(fd);
	return -KPU_ERR_NO_DEVICE;
}

/* "/dev/gpiochip0:25" */
static int open_line(const char *text, struct kpu_error *error)
{
	struct gpio_v2_line_request request = {
		.num_lines = 1,
		.consumer = "kpu",
		.config.flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING |
				GPIO_V2_LINE_FLAG_EDGE_FALLING,
	};
	const char *colon = strrchr(text, ':');
	char path[64], reason[64], *end;
	unsigned long number;
	int chip, rc;

	number = colon ? strtoul(colon + 1, &end, 10) : 0;
	if (!colon || colon == text || colon[1] < '0' || colon[1] > '9' || *end || number > 4095 ||
	    (size_t)(colon - text) >= sizeof(path))
		return kpu_fail(error, KPU_ERR_PARAM,
				"ready=%.80s does not name a line, as /dev/gpiochip0:25 does",
				text);
	snprintf(path, sizeof(path), "%.*s", (int)(colon - text), text);
	request.offsets[0] = (uint32_t)number;
	chip = open(path, O_RDWR | O_CLOEXEC);
	rc = chip < 0 ? -1 : ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request);
	if (rc < 0)
		kpu_fail(error, KPU_ERR_NO_DEVICE, "%s, line %lu: %s", path, number,
			 strerror_r(errno, reason, sizeof(reason)));
	if (chip >= 0)
		close(chip);
	if (rc < 0)
		return -KPU_ERR_NO_DEVICE;
	fcntl(request.fd, F_SETFL, O_NONBLOCK);
	fcntl(request.fd, F_SETFD, FD_CLOEXEC);
	return request.fd;
}

int kpu_spi_port_linux(const char *bus, const char *line, bool one_wire, uint32_t hz_max,
		       struct kpu_spi_port **opened, struct kpu_error *error)
{
	struct linux_port *port = calloc(1, sizeof(*port));

	if (!port)
		return kpu_fail_memory(error);
	port->port = (struct kpu_spi_port){
		.ops = &linux_ops, .transfer_max = buffer_size(), .hz_max = hz_max, .patience = 1
	};
	port->line = -1;
	port->bus = open_bus(bus, one_wire, error);
	if (port->bus >= 0)
		port->line = open_line(line, error);
	if (port->line < 0) {
		int rc = port->bus < 0 ? port->bus : port->line;

		close_port(&port->port);
		return rc;
	}
	port->port.fd = port->line;
	*opened = &port->port;
	return 0;
}
