/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/kpuctl/boards/attach_config.h"
#include "utils/kpuctl/doctor/doctor.h"
#include "utils/kpuctl/boards/find_boards.h"
#include "utils/kpuctl/boards/kernel_device.h"
#include "utils/kpuctl/boards/system_file.h"

struct boards {
	struct found_boards found;
	struct kernel_device devices[KERNEL_DEVICES_MAX];
	bool checked[KERNEL_DEVICES_MAX];
	size_t device_count;
	struct attach_config config;
};

/* Number of a process of that name, 0: none. */
static long find_process(const char *root, const char *name)
{
	long process = 0;
	glob_t found;

	system_glob(root, &found, "/proc/[0-9]*");
	for (size_t i = 0; i < found.gl_pathc && !process; i++) {
		char text[32];

		if (system_read(root, text, sizeof(text), "/proc/%s/comm",
				base_name(found.gl_pathv[i])) &&
		    !strcmp(text, name))
			process = strtol(base_name(found.gl_pathv[i]), NULL, 10);
	}
	globfree(&found);
	return process;
}

/* The kernel's driver for a bridge: drivers/usb/serial/{ch341,ftdi_sio,cp210x,pl2303}.c. */
static const char *driver_of(const struct found_board *board)
{
	switch (board->vendor) {
	case 0x0403:
		return "ftdi_sio";
	case 0x10c4:
		return "cp210x";
	case 0x067b:
		return "pl2303";
	case 0x1a86:
		return board->product == 0x7523 ? "ch341" : "cdc_acm";
	default:
		return "cdc_acm";
	}
}

static void say_no_port(struct doctor *doctor, const struct found_board *board)
{
	char repair[80];

	if (!strcmp(board->driver, "usbfs")) {
		/* The screen reader for Braille takes every CH340 for a Braille display. */
		bool brltty = find_process(doctor->root, "brltty") != 0;

		doctor_say(doctor, FINDING_PROBLEM,
			   brltty ? "sudo apt-get remove brltty, then plug the board in again"
				  : "close that program, then plug the board in again",
			   "USB %s (%s) has no serial port: %s has taken it through libusb",
			   board->usb, board->board->name, brltty ? "brltty" : "a program");
		return;
	}
	snprintf(repair, sizeof(repair), "sudo modprobe %s", driver_of(board));
	doctor_say(doctor, FINDING_PROBLEM, repair, "USB %s (%s) has no serial port: %s%s",
		   board->usb, board->board->name,
		   *board->driver ? "it belongs to the driver " : "no kernel driver has taken it",
		   board->driver);
}

static bool versions_differ(const char *firmware)
{
	return *firmware && strcmp(firmware, "0.0.0") && strcmp(firmware, kpu_version());
}

static void check_access(struct doctor *doctor, const char *name)
{
	char path[SYSTEM_PATH_BYTES];

	snprintf(path, sizeof(path), "%s/dev/%s", doctor->root, name);
	if (access(path, F_OK) < 0)
		doctor_say(doctor, FINDING_PROBLEM, "sudo udevadm trigger --subsystem-match=kpu",
			   "the kernel has %s, but there is no /dev/%s", name, name);
	else if (access(path, R_OK | W_OK) < 0)
		doctor_say(doctor, FINDING_PROBLEM,
			   "sudo usermod -aG plugdev $USER, then log in again",
			   "you are not permitted to use /dev/%s", name);
}

/* Whoever boots a board brings the firmware along; one on SPI has it in its flash. */
static void say_other_firmware(struct doctor *doctor, const struct kernel_device *device,
			       const char *reset)
{
	bool is_spi = !strncmp(device->transport, "spi ", 4);
	char repair[160];

	snprintf(repair, sizeof(repair), "kpuctl -d dev:/dev/%s flash firmware && %s", device->name,
		 reset);
	doctor_say(doctor, FINDING_PROBLEM, is_spi ? repair : reset,
		   "/dev/%s (%s) runs firmware %s, the library is of version %s", device->name,
		   device->transport, device->firmware, kpu_version());
}

static void check_device(struct doctor *doctor, const struct kernel_device *device)
{
	char reset[80];

	doctor->boards++;
	snprintf(reset, sizeof(reset), "sudo kpuctl reset %s", device->name);
	if (!strcmp(device->state, "dead"))
		doctor_say(doctor, FINDING_PROBLEM, reset, "/dev/%s (%s) is dead: %s", device->name,
			   device->transport,
			   *device->reason ? device->reason : "the driver gives no reason");
	else if (strcmp(device->state, "ready"))
		doctor_say(doctor, FINDING_NOTE, "wait, then run kpuctl doctor again",
			   "/dev/%s (%s) is %s%s%s", device->name, device->transport,
			   *device->state ? device->state : "in an unknown state",
			   *device->reason ? ": " : "", device->reason);
	else if (versions_differ(device->firmware))
		say_other_firmware(doctor, device, reset);
	else
		doctor_say(doctor, FINDING_OK, NULL, "/dev/%s (%s) is ready, firmware %s",
			   device->name, device->transport, device->firmware);
	check_access(doctor, device->name);
}

static void say_held(struct doctor *doctor, const struct found_board *board,
		     const struct port_holder *holder)
{
	char repair[160];

	if (!strcmp(holder->name, "ModemManager"))
		snprintf(repair, sizeof(repair),
			 "sudo make install (its udev rule keeps ModemManager off), then plug the "
			 "board in again");
	else
		snprintf(repair, sizeof(repair), "close %s, or: kill %ld", holder->name,
			 holder->process);
	if (!strcmp(holder->name, "kpuctl"))
		doctor_say(doctor, FINDING_NOTE, "wait, then run kpuctl doctor again",
			   "kpuctl (process %ld) works on /dev/%s", holder->process, board->tty);
	else
		doctor_say(doctor, FINDING_PROBLEM, repair,
			   "/dev/%s (%s) is in use by %s (process %ld)", board->tty,
			   board->board->name, holder->name, holder->process);
}

/* Whatever program ran before, from flash or by ISP: the mask ROM answers after a reset. */
static bool probe(struct doctor *doctor, const struct found_board *board)
{
	struct kpu_boot_result result;
	struct kpu_error error;
	char path[40];

	snprintf(path, sizeof(path), "/dev/%s", board->tty);
	if (kpu_boot_tty(path, NULL, &result, &error) < 0) {
		doctor_say(doctor, board->board->is_generic ? FINDING_NOTE : FINDING_PROBLEM,
			   error.next_step, "no K210 answers on %s: %s", path, error.message);
		return false;
	}
	doctor_say(doctor, FINDING_OK, NULL,
		   "a K210 answers on %s (style %s, up to %u baud): it ran another "
		   "program and has the firmware now",
		   path, result.style, result.rate);
	return true;
}

static void say_not_attached(struct doctor *doctor, const struct boards *boards,
			     const struct found_board *board)
{
	struct attach_decision decision = attach_config_decide(&boards->config, board);
	bool is_certain = !board->board->is_generic;
	char repair[200];

	if (!decision.attach && decision.line) {
		doctor_say(doctor, FINDING_NOTE, NULL, "/dev/%s (%s) is left alone: %s, line %u",
			   board->tty, board->board->name, doctor->config, decision.line);
		return;
	}
	if (doctor->probe)
		is_certain |= probe(doctor, board);
	if (decision.attach && system_exists(doctor->root, "/run/systemd/system"))
		snprintf(repair, sizeof(repair),
			 "sudo systemctl restart kpu-attach@%s; journalctl -u kpu-attach@%s says "
			 "how it went",
			 board->tty, board->tty);
	else
		snprintf(repair, sizeof(repair), "sudo kpuctl attach /dev/%s", board->tty);
	if (!is_certain)
		doctor_say(doctor, FINDING_NOTE, repair,
			   "/dev/%s is not attached: it may be a board (%s), or anything else with "
			   "the same USB ids",
			   board->tty, board->board->name);
	else
		doctor_say(doctor, FINDING_PROBLEM, repair, "/dev/%s (%s) is not attached",
			   board->tty, board->board->name);
}

static void check_port(struct doctor *doctor, const struct boards *boards,
		       const struct found_board *board)
{
	char path[SYSTEM_PATH_BYTES];
	struct port_holders holders;

	doctor->boards++;
	snprintf(path, sizeof(path), "/dev/%s", board->tty);
	find_port_holders(doctor->root, path, &holders);
	if (holders.count)
		say_held(doctor, board, &holders.holders[0]);
	else
		say_not_attached(doctor, boards, board);
	if (find_process(doctor->root, "ModemManager") &&
	    !system_exists(doctor->root, "/usr/local/lib/udev/rules.d/60-kpu-boards.rules") &&
	    !system_exists(doctor->root, "/usr/lib/udev/rules.d/60-kpu-boards.rules") &&
	    !system_exists(doctor->root, "/etc/udev/rules.d/60-kpu-boards.rules"))
		doctor_say(doctor, FINDING_PROBLEM, "sudo make install",
			   "ModemManager runs and talks to /dev/%s when it is plugged in: the "
			   "udev rule that forbids it is not installed",
			   board->tty);
}

static void check_all(struct doctor *doctor, struct boards *boards)
{
	for (size_t i = 0; i < boards->found.count; i++) {
		const struct found_board *board = &boards->found.boards[i];
		const struct kernel_device *device =
			kernel_device_of_tty(boards->devices, boards->device_count, board->tty);

		if (device) {
			boards->checked[device - boards->devices] = true;
			check_device(doctor, device);
		} else if (*board->tty) {
			check_port(doctor, boards, board);
		} else {
			doctor->boards++;
			say_no_port(doctor, board);
		}
	}
	for (size_t i = 0; i < boards->device_count; i++) {
		if (!boards->checked[i])
			check_device(doctor, &boards->devices[i]);
	}
}

void check_boards(struct doctor *doctor)
{
	static struct boards boards;
	struct kpu_error error;

	memset(&boards, 0, sizeof(boards));
	if (attach_config_read(doctor->config, &boards.config, &error) < 0)
		doctor_say(doctor, FINDING_PROBLEM, "put the line right", "%s", error.message);
	if (find_boards(doctor->root, &boards.found, &error) < 0)
		doctor_say(doctor, FINDING_PROBLEM, error.next_step, "%s", error.message);
	boards.device_count = read_kernel_devices(doctor->root, boards.devices);
	check_all(doctor, &boards);
	if (!doctor->boards)
		doctor_say(doctor, FINDING_NOTE,
			   "plug one in; a cable without data lines only gives it power",
			   "no board is there");
	free_boards(&boards.found);
	attach_config_free(&boards.config);
}
