/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * struct termios2 lives in <asm/termbits.h>, which clashes with <termios.h>: therefore a file of
 * its own.
 */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/serial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/serial.h"

bool kpu_serial_set_baud(int fd, uint32_t baud)
{
	struct termios2 line;

	if (ioctl(fd, TCGETS2, &line) < 0)
		return false;
	line.c_cflag &= ~(tcflag_t)(CBAUD | CBAUD << IBSHIFT);
	line.c_cflag |= BOTHER | BOTHER << IBSHIFT;
	line.c_ispeed = baud;
	line.c_ospeed = baud;
	/* TCSETSW2: what is on its way leaves at the old rate. */
	return ioctl(fd, TCSETSW2, &line) == 0;
}

bool kpu_serial_has_lines(int fd)
{
	int lines;

	return ioctl(fd, TIOCMGET, &lines) == 0;
}

static bool make_raw(int fd, uint32_t baud)
{
	struct termios2 line;

	if (ioctl(fd, TCGETS2, &line) < 0)
		return false;
	line.c_iflag = IGNBRK;
	line.c_oflag = 0;
	line.c_lflag = 0;
	line.c_cflag = CS8 | CREAD | CLOCAL | BOTHER | BOTHER << IBSHIFT;
	line.c_ispeed = baud;
	line.c_ospeed = baud;
	memset(line.c_cc, 0, sizeof(line.c_cc));
	line.c_cc[VMIN] = 1;
	return ioctl(fd, TCSETS2, &line) == 0;
}

/* DTR and RTS drive reset and boot pin on most boards: both are let go. */
static void release_pins(int fd)
{
	int pins = TIOCM_DTR | TIOCM_RTS;

	ioctl(fd, TIOCMBIC, &pins);
}

/* Bridges hold received bytes back for up to 16 ms unless told otherwise. */
static void ask_low_latency(int fd)
{
	struct serial_struct serial;

	if (ioctl(fd, TIOCGSERIAL, &serial) == 0) {
		serial.flags |= ASYNC_LOW_LATENCY;
		ioctl(fd, TIOCSSERIAL, &serial);
	}
}

/* Is @tty the port of the board whose file "transport" that is? */
static bool is_on_port(const char *transport_path, const char *tty)
{
	FILE *file = fopen(transport_path, "re");
	char text[64] = "";
	bool same;

	if (!file)
		return false;
	same = fgets(text, sizeof(text), file) && !strncmp(text, "tty ", 4);
	fclose(file);
	text[strcspn(text, "\n")] = 0;
	return same && !strcmp(text + 4, tty);
}

/* Who has the port is in most cases the driver, whose device is what the user wants then. */
static int fail_busy(const char *path, struct kpu_error *error)
{
	static const char class_folder[] = "/sys/class/kpu/";
	char real[PATH_MAX], name[32] = "";
	glob_t found = { 0 };

	if (realpath(path, real) && glob("/sys/class/kpu/kpu*/transport", 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc && !*name; i++) {
			const char *device = found.gl_pathv[i] + sizeof(class_folder) - 1;

			if (is_on_port(found.gl_pathv[i], strrchr(real, '/') + 1))
				snprintf(name, sizeof(name), "%.*s", (int)strcspn(device, "/"),
					 device);
		}
	}
	globfree(&found);
	if (!*name)
		return kpu_fail(error, KPU_ERR_BUSY, "%s is in use by another program", path);
	kpu_fail(error, KPU_ERR_BUSY, "%s is /dev/%s already", path, name);
	kpu_error_advise(error, "use dev:/dev/%s; several programs may", name);
	return -KPU_ERR_BUSY;
}

static int open_failed(const char *path, struct kpu_error *error)
{
	int number = errno;
	char reason[64];
	int code = KPU_ERR_NO_DEVICE;

	if (number == EBUSY)
		return fail_busy(path, error);
	if (number == EACCES || number == EPERM)
		code = KPU_ERR_PERMISSION;
	kpu_fail(error, code, "cannot open %s: %s", path,
		 strerror_r(number, reason, sizeof(reason)));
	/* Debian's group for serial ports. */
	if (code == KPU_ERR_PERMISSION)
		kpu_error_advise(error, "sudo usermod -aG dialout $USER, then log in again");
	return -code;
}

_Static_assert(sizeof(struct termios2) <= sizeof(((struct kpu_serial_state *)0)->settings),
	       "settings fit");

static void keep_state(int fd, struct kpu_serial_state *before)
{
	struct termios2 line;

	memset(before, 0, sizeof(*before));
	if (ioctl(fd, TCGETS2, &line) < 0 || ioctl(fd, TIOCMGET, &before->lines) < 0)
		return;
	memcpy(before->settings, &line, sizeof(line));
	before->known = true;
}

void kpu_serial_put_back(int fd, const struct kpu_serial_state *before)
{
	struct termios2 line;

	ioctl(fd, TIOCNXCL);
	if (!before->known)
		return;
	memcpy(&line, before->settings, sizeof(line));
	ioctl(fd, TCSETS2, &line);
	ioctl(fd, TIOCMSET, &before->lines);
}

int kpu_serial_open(const char *path, uint32_t baud, struct kpu_error *error)
{
	struct kpu_serial_state unused;

	return kpu_serial_open_keeping(path, baud, &unused, error);
}

int kpu_serial_open_keeping(const char *path, uint32_t baud, struct kpu_serial_state *before,
			    struct kpu_error *error)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return open_failed(path, error);
	if (!isatty(fd)) {
		close(fd);
		return kpu_fail(error, KPU_ERR_NO_DEVICE, "%s is not a serial port", path);
	}
	/* TIOCEXCL does not keep root out, the lock does, among programs that ask for it. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || ioctl(fd, TIOCEXCL) < 0) {
		close(fd);
		return fail_busy(path, error);
	}
	keep_state(fd, before);
	if (!make_raw(fd, baud)) {
		ioctl(fd, TIOCNXCL);
		close(fd);
		return kpu_fail(error, KPU_ERR_IO, "%s does not do %u baud", path, baud);
	}
	release_pins(fd);
	ask_low_latency(fd);
	ioctl(fd, TCFLSH, TCIOFLUSH);
	return fd;
}
