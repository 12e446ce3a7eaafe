/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* A serial port for the boot. <asm/termbits.h> clashes with <termios.h>. */
#include <asm/termbits.h>
#include <errno.h>
#include <linux/serial.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lib/backend.h"
#include "lib/boot/port.h"

/* For bytes to leave: the line's time, and this for bridges that are slow. */
#define WRITE_SLACK_MS 2000u
/* What a UART's divider may miss of the rate that it was asked for. */
#define RATE_TOLERANCE_PERCENT 3u

static struct kpu_boot_tty *of(struct kpu_boot_port *port)
{
	return (struct kpu_boot_tty *)port;
}

static int failure(int number)
{
	if (number == EIO || number == ENODEV || number == ENXIO || number == EPIPE)
		return -KPU_ERR_DEVICE_GONE;
	return -KPU_ERR_IO;
}

static int wait_for(struct kpu_boot_tty *tty, short events, uint32_t timeout_us)
{
	struct pollfd line = { .fd = tty->fd, .events = events };
	struct timespec time = { timeout_us / 1000000, timeout_us % 1000000 * 1000 };
	int rc = ppoll(&line, 1, &time, NULL);

	if (rc < 0)
		return errno == EINTR ? 0 : failure(errno);
	if (rc > 0 && !(line.revents & events) && (line.revents & (POLLHUP | POLLERR | POLLNVAL)))
		return -KPU_ERR_DEVICE_GONE;
	return rc;
}

static int tty_read(struct kpu_boot_port *port, uint8_t *bytes, size_t size, uint32_t timeout_us)
{
	struct kpu_boot_tty *tty = of(port);
	int rc = wait_for(tty, POLLIN, timeout_us);
	ssize_t got;

	if (rc <= 0)
		return rc;
	got = read(tty->fd, bytes, size);
	if (got > 0)
		return (int)got;
	/* Readable without bytes: the end, of a tty that was hung up. */
	if (got == 0)
		return -KPU_ERR_DEVICE_GONE;
	return errno == EAGAIN || errno == EINTR ? 0 : failure(errno);
}

static int tty_write(struct kpu_boot_port *port, const uint8_t *bytes, size_t size)
{
	struct kpu_boot_tty *tty = of(port);
	uint32_t baud = tty->baud ? tty->baud : 9600;
	uint64_t end =
		kpu_now_ns() + size * 10 * 1000000000ull / baud + WRITE_SLACK_MS * 1000000ull;

	while (size) {
		ssize_t put = write(tty->fd, bytes, size);
		int rc;

		if (put > 0) {
			bytes += put;
			size -= (size_t)put;
			continue;
		}
		if (put < 0 && errno != EAGAIN && errno != EINTR)
			return failure(errno);
		if (kpu_now_ns() >= end)
			return -KPU_ERR_TIMEOUT;
		rc = wait_for(tty, POLLOUT, 20000);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int tty_set_baud(struct kpu_boot_port *port, uint32_t baud)
{
	struct kpu_boot_tty *tty = of(port);
	struct termios2 line;
	uint32_t error;

	if (ioctl(tty->fd, TCGETS2, &line) < 0)
		return failure(errno);
	line.c_cflag &= ~(tcflag_t)(CBAUD | CBAUD << IBSHIFT);
	line.c_cflag |= BOTHER | BOTHER << IBSHIFT;
	line.c_ispeed = baud;
	line.c_ospeed = baud;
	/* TCSETSW2: what is on its way leaves at the old rate. */
	if (ioctl(tty->fd, TCSETSW2, &line) < 0)
		return failure(errno) == -KPU_ERR_IO ? -KPU_ERR_PARAM : failure(errno);
	/* Many drivers tell what they have made of it. */
	if (ioctl(tty->fd, TCGETS2, &line) < 0)
		return failure(errno);
	error = line.c_ospeed > baud ? line.c_ospeed - baud : baud - line.c_ospeed;
	if (error > baud / 100 * RATE_TOLERANCE_PERCENT)
		return -KPU_ERR_PARAM;
	tty->baud = baud;
	return 0;
}

/* Not a reason to give up: a port without such lines may lead to a board with a button. */
static int tty_set_lines(struct kpu_boot_port *port, bool dtr, bool rts)
{
	struct kpu_boot_tty *tty = of(port);
	int lines = 0;

	if (ioctl(tty->fd, TIOCMGET, &lines) < 0)
		return errno == EIO || errno == ENODEV ? -KPU_ERR_DEVICE_GONE : 0;
	lines &= ~(TIOCM_DTR | TIOCM_RTS);
	lines |= (dtr ? TIOCM_DTR : 0) | (rts ? TIOCM_RTS : 0);
	if (ioctl(tty->fd, TIOCMSET, &lines) < 0)
		return errno == EIO || errno == ENODEV ? -KPU_ERR_DEVICE_GONE : 0;
	return 0;
}

static void tty_discard(struct kpu_boot_port *port)
{
	struct kpu_boot_tty *tty = of(port);
	uint8_t bytes[256];

	ioctl(tty->fd, TCFLSH, TCIFLUSH);
	/* A program that never falls silent must not hold us. */
	for (unsigned i = 0; i < 64 && wait_for(tty, POLLIN, 0) > 0; i++) {
		if (read(tty->fd, bytes, sizeof(bytes)) <= 0)
			break;
	}
}

static uint64_t tty_now_us(struct kpu_boot_port *port)
{
	(void)port;
	return kpu_now_ns() / 1000;
}

static void tty_sleep(struct kpu_boot_port *port, uint32_t microseconds)
{
	struct timespec pause = { microseconds / 1000000, microseconds % 1000000 * 1000 };

	(void)port;
	while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
		;
}

static const struct kpu_boot_port_ops tty_ops = {
	.read = tty_read,
	.write = tty_write,
	.set_baud = tty_set_baud,
	.set_lines = tty_set_lines,
	.discard = tty_discard,
	.now_us = tty_now_us,
	.sleep = tty_sleep,
};

void kpu_boot_tty_init(struct kpu_boot_tty *tty, int fd)
{
	*tty = (struct kpu_boot_tty){ .port = { &tty_ops }, .fd = fd };
}
