/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* struct termios2 clashes with <termios.h>: hence a file of its own. */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "utils/kpuctl/line_discipline.h"

/* The number that the kernel keeps for disciplines under development; kpu_tty registers it. */
#ifndef N_DEVELOPMENT
#define N_DEVELOPMENT 29
#endif

static int configure(int fd, uint32_t baud)
{
	struct termios2 line;
	int discipline = N_DEVELOPMENT;

	if (ioctl(fd, TCGETS2, &line) < 0)
		return -errno;
	line.c_iflag = IGNBRK;
	line.c_oflag = 0;
	line.c_lflag = 0;
	line.c_cflag = CS8 | CREAD | CLOCAL | BOTHER | BOTHER << IBSHIFT;
	line.c_ispeed = baud;
	line.c_ospeed = baud;
	memset(line.c_cc, 0, sizeof(line.c_cc));
	line.c_cc[VMIN] = 1;
	if (ioctl(fd, TCSETS2, &line) < 0)
		return -errno;
	if (ioctl(fd, TIOCSETD, &discipline) < 0)
		return -errno;
	return 0;
}

int line_give(const char *path, uint32_t baud)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), rc;

	if (fd < 0)
		return -errno;
	rc = isatty(fd) ? configure(fd, baud) : -ENOTTY;
	if (rc < 0) {
		close(fd);
		return rc;
	}
	return fd;
}

void line_take_back(int fd)
{
	int discipline = N_TTY;

	ioctl(fd, TIOCSETD, &discipline);
	close(fd);
}
