/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* struct termios2 clashes with <termios.h>: hence a file of its own. */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tty.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <uapi/kpu.h>

#include "utils/kpuctl/boards/line_discipline.h"

/* The number that the kernel keeps for disciplines under development; kpu_tty registers it. */
#ifndef N_DEVELOPMENT
#define N_DEVELOPMENT 29
#endif

_Static_assert(sizeof(struct termios2) <= sizeof(((struct line *)0)->before), "settings fit");

static void keep_state(struct line *line, const struct termios2 *settings)
{
	if (ioctl(line->fd, TIOCMGET, &line->lines_before) < 0)
		return;
	memcpy(line->before, settings, sizeof(*settings));
	line->has_before = true;
}

static int configure(struct line *line, uint32_t baud)
{
	struct termios2 settings;

	if (ioctl(line->fd, TCGETS2, &settings) < 0)
		return -errno;
	keep_state(line, &settings);
	settings.c_iflag = IGNBRK;
	settings.c_oflag = 0;
	settings.c_lflag = 0;
	settings.c_cflag = CS8 | CREAD | CLOCAL | BOTHER | BOTHER << IBSHIFT;
	settings.c_ispeed = baud;
	settings.c_ospeed = baud;
	memset(settings.c_cc, 0, sizeof(settings.c_cc));
	settings.c_cc[VMIN] = 1;
	return ioctl(line->fd, TCSETS2, &settings) < 0 ? -errno : 0;
}

int line_open(struct line *line, const char *path, uint32_t baud)
{
	int rc;

	memset(line, 0, sizeof(*line));
	line->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (line->fd < 0)
		return -errno;
	rc = isatty(line->fd) ? 0 : -ENOTTY;
	/* TIOCEXCL does not keep root out, the lock does, among programs that ask for it. */
	if (rc == 0 && flock(line->fd, LOCK_EX | LOCK_NB) < 0)
		rc = -EBUSY;
	if (rc == 0)
		rc = configure(line, baud);
	if (rc < 0)
		close(line->fd);
	return rc;
}

int line_set_baud(struct line *line, uint32_t baud)
{
	struct termios2 settings;

	if (ioctl(line->fd, TCGETS2, &settings) < 0)
		return -errno;
	settings.c_cflag &= ~(tcflag_t)(CBAUD | CBAUD << IBSHIFT);
	settings.c_cflag |= BOTHER | BOTHER << IBSHIFT;
	settings.c_ispeed = baud;
	settings.c_ospeed = baud;
	return ioctl(line->fd, TCSETS2, &settings) < 0 ? -errno : 0;
}

int line_give(struct line *line)
{
	int discipline = N_DEVELOPMENT;

	if (ioctl(line->fd, TIOCSETD, &discipline) < 0)
		return -errno;
	line->given = true;
	return 0;
}

int line_hold(struct line *line, uint32_t baud)
{
	uint32_t flags = KPU_TTY_HOLDER_BOOTS;
	char reason[96];
	int rc;

	if (ioctl(line->fd, KPU_TTY_IOCTL_HOLDER, &flags) < 0)
		return -errno;
	if (!baud)
		return 0;
	/* A boot that has been done already: it tells the driver the rate. */
	rc = line_begin_boot(line, reason, sizeof(reason));
	return rc < 0 ? rc : line_end_boot(line, 0, baud, "");
}

int line_wait(struct line *line, int timeout_ms)
{
	struct pollfd poller = { .fd = line->fd, .events = POLLPRI };

	if (poll(&poller, 1, timeout_ms) < 0)
		return errno == EINTR ? 0 : -errno;
	if (poller.revents & (POLLHUP | POLLERR | POLLNVAL))
		return -ENODEV;
	return poller.revents & POLLPRI ? 1 : 0;
}

int line_begin_boot(struct line *line, char *reason, size_t size)
{
	struct kpu_tty_boot_request request = { 0 };

	if (ioctl(line->fd, KPU_TTY_IOCTL_BOOT_BEGIN, &request) < 0)
		return -errno;
	snprintf(reason, size, "%.*s", (int)sizeof(request.reason_text) - 1, request.reason_text);
	return 0;
}

int line_end_boot(struct line *line, int status, uint32_t baud, const char *sentence)
{
	struct kpu_tty_boot_result result = { .status = (uint32_t)status, .baud = baud };

	snprintf(result.reason, sizeof(result.reason), "%s", sentence);
	return ioctl(line->fd, KPU_TTY_IOCTL_BOOT_END, &result) < 0 ? -errno : 0;
}

static void put_back_settings(struct line *line)
{
	struct termios2 settings;

	memcpy(&settings, line->before, sizeof(settings));
	ioctl(line->fd, TCSETS2, &settings);
}

void line_close(struct line *line, bool put_back_lines)
{
	int discipline = N_TTY;

	if (line->given)
		ioctl(line->fd, TIOCSETD, &discipline);
	if (line->has_before) {
		put_back_settings(line);
		if (put_back_lines)
			ioctl(line->fd, TIOCMSET, &line->lines_before);
	}
	close(line->fd);
	line->fd = -1;
}
