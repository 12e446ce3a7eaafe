/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * An SPI bus of this computer, from user space: spidev for the transfers, libgpiod for the ready
 * line.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/ready_line.h"
#include "lib/spi_port.h"
#include "link/spi_frame.h"

#ifndef BUFFER_SIZE_FILE
#define BUFFER_SIZE_FILE "/sys/module/spidev/parameters/bufsiz"
#endif
#define BUFFER_SIZE_DEFAULT 4096u
/* spidev fills up what it counts to whole units of DMA, at most so large. */
#define BUFFER_SIZE_UNIT 128u

struct linux_port {
	struct kpu_spi_port port;
	int bus;
	struct kpu_ready_line *ready;
};

/* What controllers and their drivers report of a single transfer. Others, ESHUTDOWN of a device
 * that was unbound among them, do not go away. */
static bool may_pass(int error)
{
	return error == EIO || error == ETIMEDOUT || error == EINTR || error == EAGAIN ||
	       error == EBUSY || error == ENOMEM;
}

static int transfer(struct kpu_spi_port *base, const uint8_t *out, uint8_t *in, size_t length,
		    uint32_t hz)
{
	struct linux_port *port = (struct linux_port *)base;
	struct spi_ioc_transfer wanted = { .tx_buf = (uintptr_t)out,
					   .rx_buf = (uintptr_t)in,
					   .len = (uint32_t)length,
					   .speed_hz = hz,
					   .bits_per_word = 8 };

	if (ioctl(port->bus, SPI_IOC_MESSAGE(1), &wanted) >= 0)
		return 0;
	return may_pass(errno) ? errno : -errno;
}

static int take_edges(struct kpu_spi_port *base)
{
	return kpu_ready_line_fell(((struct linux_port *)base)->ready);
}

static bool ready(struct kpu_spi_port *base)
{
	return kpu_ready_line_is_high(((struct linux_port *)base)->ready);
}

static void close_port(struct kpu_spi_port *base)
{
	struct linux_port *port = (struct linux_port *)base;

	if (port->bus >= 0)
		close(port->bus);
	if (port->ready)
		kpu_ready_line_close(port->ready);
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
	return size - size % BUFFER_SIZE_UNIT;
}

static int check_buffer(struct kpu_error *error)
{
	if (kpu_spi_payload_for_room(buffer_size()))
		return 0;
	kpu_fail(error, KPU_ERR_NO_DEVICE, "spidev takes %zu bytes at once: too few",
		 buffer_size());
	kpu_error_advise(error, "write spidev.bufsiz=4096, or more, on the kernel's command line");
	return -KPU_ERR_NO_DEVICE;
}

/* In the words of somebody who has typed a device that does not do. */
static int bus_failed(const char *path, bool one_wire, int reason, struct kpu_error *error)
{
	char words[64];

	if (reason == EACCES || reason == EPERM) {
		kpu_fail(error, KPU_ERR_PERMISSION, "%s: this user may not open it", path);
		kpu_error_advise(error,
				 "run it as root, or join the group that ls -l %s shows "
				 "(often spi)",
				 path);
		return -KPU_ERR_PERMISSION;
	}
	if (reason == EINVAL && one_wire) {
		kpu_fail(error, KPU_ERR_NO_DEVICE,
			 "%s: this controller cannot do with one data wire", path);
		kpu_error_advise(error, "wire both directions and leave wires=1 out");
		return -KPU_ERR_NO_DEVICE;
	}
	kpu_fail(error, KPU_ERR_NO_DEVICE, "%s: %s", path,
		 reason == ENOTTY ? "this is no SPI device"
				  : strerror_r(reason, words, sizeof(words)));
	kpu_error_advise(error, "switch SPI on (Raspberry Pi: dtparam=spi=on) and let the kernel's "
				"spidev have this chip select");
	return -KPU_ERR_NO_DEVICE;
}

static int open_bus(const char *path, bool one_wire, struct kpu_error *error)
{
	uint32_t mode = SPI_MODE_0 | (one_wire ? SPI_3WIRE : 0);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc;

	if (fd >= 0 && ioctl(fd, SPI_IOC_WR_MODE32, &mode) == 0)
		return fd;
	rc = bus_failed(path, one_wire, errno, error);
	if (fd >= 0)
		close(fd);
	return rc;
}

int kpu_spi_port_linux(const char *bus, const char *line, bool one_wire, uint32_t hz_max,
		       struct kpu_spi_port **opened, struct kpu_error *error)
{
	struct linux_port *port = calloc(1, sizeof(*port));
	int rc;

	if (!port)
		return kpu_fail_memory(error);
	port->port = (struct kpu_spi_port){
		.ops = &linux_ops, .transfer_max = buffer_size(), .hz_max = hz_max, .patience = 1
	};
	port->bus = -1;
	rc = check_buffer(error);
	if (rc == 0)
		rc = kpu_ready_line_open(line, &port->ready, error);
	if (rc == 0)
		rc = port->bus = open_bus(bus, one_wire, error);
	if (rc < 0) {
		close_port(&port->port);
		return rc;
	}
	port->port.fd = kpu_ready_line_fd(port->ready);
	*opened = &port->port;
	return 0;
}
