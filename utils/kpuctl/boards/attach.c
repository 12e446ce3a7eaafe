/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/boards/attach.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "utils/kpuctl/boards/kernel_device.h"
#include "utils/kpuctl/boards/line_discipline.h"
#include "utils/kpuctl/boards/system_file.h"

#define APPEAR_MS 10000
/* As long as the driver goes on by itself: sessions, then boots (docs/uapi.md, "The ladder"). */
#define READY_MS   60000
#define LOOK_MS    50
#define START_BAUD 115200

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
	stop_asked = number;
}

void attach_catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

bool attach_is_stopped(void)
{
	return stop_asked;
}

void attach_end_by_signal(void)
{
	int number = stop_asked;

	fflush(NULL);
	signal(number, SIG_DFL);
	raise(number);
}

static bool stop_boot(void *context)
{
	(void)context;
	return stop_asked;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* /dev/kpuN of the tty, once the node is there. */
static bool find_device(const struct attach_request *request, struct kernel_device *device)
{
	static struct kernel_device devices[KERNEL_DEVICES_MAX];
	size_t count = read_kernel_devices("", devices);
	char target[PATH_MAX], node[32];
	const struct kernel_device *found;

	/* /dev/serial/by-id/... and the like. */
	if (!realpath(request->tty, target))
		return false;
	found = kernel_device_of_tty(devices, count, base_name(target));
	if (!found)
		return false;
	*device = *found;
	snprintf(node, sizeof(node), "/dev/%s", device->name);
	return access(node, F_OK) == 0;
}

static void print_step(void *context, const char *line)
{
	(void)context;
	note("%s", line);
}

static int boot_board(const struct attach_request *request, struct line *line,
		      struct kpu_boot_result *result, struct kpu_error *error)
{
	struct kpu_boot_options options = {
		.firmware = request->firmware,
		.style = request->style,
		.max_rate = request->rate,
		.log = request->verbose ? print_step : NULL,
		.stop = stop_boot,
	};

	return kpu_boot_fd(line->fd, &options, result, error);
}

static void report_boot(const struct attach_request *request, const struct kpu_boot_result *result)
{
	note("%s: %s, reset style %s, %u baud, booted in %u ms, %u errors healed", request->tty,
	     result->board, result->style, result->rate, result->total_us / 1000,
	     result->errors_healed);
}

/* Before the driver has the line: a port without a K210 stays as it was. */
static int first_boot(const struct attach_request *request, struct line *line, uint32_t *rate)
{
	struct kpu_boot_result result;
	struct kpu_error error;
	int rc;

	if (!request->boot) {
		*rate = request->rate;
		return EXIT_OK;
	}
	rc = boot_board(request, line, &result, &error);
	if (rc == 0) {
		*rate = result.rate;
		report_boot(request, &result);
		return EXIT_OK;
	}
	if (rc == -KPU_ERR_CANCELLED) {
		note("%s: stopped; the port is as before, and the board has been reset",
		     request->tty);
		return EXIT_NO_ROM;
	}
	if (rc != -KPU_ERR_NO_DEVICE)
		return report_error(&error);
	complain("%s: %s", request->tty, error.message);
	note("        %s", error.next_step);
	note("        a board that runs the firmware already: kpuctl attach --no-boot %s",
	     request->tty);
	return EXIT_NO_ROM;
}

/* The driver learns the rate as the holder's, or, an older one, as the tty's. */
static int give_line(const struct attach_request *request, struct line *line, uint32_t rate)
{
	int rc = line_give(line);

	if (rc == 0) {
		/* Who wants no boot now wants none later. */
		rc = request->boot ? line_hold(line, rate) : 0;
		if (rc == -ENOTTY)
			rc = line_set_baud(line, rate);
	}
	if (rc == -EINVAL)
		complain("%s: the line discipline is not there\n"
			 "        load the kernel module: modprobe kpu_tty",
			 request->tty);
	else if (rc < 0)
		complain("%s: %s", request->tty, strerror(-rc));
	if (rc == -EPERM)
		note("        only root may give a port to the driver");
	return rc == 0 ? EXIT_OK : rc == -EPERM || rc == -EBUSY ? EXIT_NO_DEVICE : EXIT_FAILED;
}

/* The driver has asked. What goes wrong is the driver's to tell, as reason of its state. */
static void boot_again(const struct attach_request *request, struct line *line)
{
	struct kpu_boot_result result;
	struct kpu_error error = { 0 };
	char reason[96];
	int rc = line_begin_boot(line, reason, sizeof(reason));

	if (rc < 0)
		return;
	note("%s: the driver asks for a boot: %s", request->tty, reason);
	rc = boot_board(request, line, &result, &error);
	if (rc < 0)
		note("%s: %s", request->tty, error.message);
	else
		report_boot(request, &result);
	line_end_boot(line, -rc, rc < 0 ? 0 : result.rate, error.message);
}

static int gone(const struct attach_request *request)
{
	complain("%s: the port has gone", request->tty);
	return EXIT_NO_DEVICE;
}

/*
 * Is the board ready for programs? sysfs says so: who may give ports to the driver need not be
 * permitted to use boards. Sets *status when it never will be.
 */
static bool is_ready(const struct attach_request *request, uint64_t begun, int *status)
{
	struct kernel_device device = { 0 };
	char name[32];

	if (find_device(request, &device) && !strcmp(device.state, "ready")) {
		snprintf(name, sizeof(name), "/dev/%s", device.name);
		request->attached(request->context, name);
		return true;
	}
	if (!strcmp(device.state, "dead")) {
		complain("%s: the driver has given the board up: %s", request->tty, device.reason);
		*status = EXIT_FAILED;
	} else if (now_ms() - begun > (*device.name ? READY_MS : APPEAR_MS)) {
		if (*device.name)
			complain("%s: /dev/%s is %s%s%s after %d s", request->tty, device.name,
				 device.state, *device.reason ? ": " : "", device.reason,
				 READY_MS / 1000);
		else
			complain("%s: the driver has made no device within %d s", request->tty,
				 APPEAR_MS / 1000);
		*status = EXIT_TIMEOUT;
	}
	return false;
}

/* The descriptor holds the discipline. The driver may ask for a boot from the first moment on. */
static int hold(const struct attach_request *request, struct line *line)
{
	uint64_t begun = now_ms();
	int status = EXIT_OK;
	bool ready = false;

	while (!attach_is_stopped()) {
		int rc;

		if (!ready) {
			ready = is_ready(request, begun, &status);
			if (status != EXIT_OK)
				return status;
		}
		rc = line_wait(line, ready ? 1000 : LOOK_MS);
		if (rc < 0)
			return ready ? EXIT_OK : gone(request);
		if (rc > 0)
			boot_again(request, line);
	}
	return ready ? EXIT_OK : EXIT_FAILED;
}

static int with_line(const struct attach_request *request, struct line *line)
{
	uint32_t rate = 0;
	int status = first_boot(request, line, &rate);

	if (status == EXIT_OK && !request->boot && rate && line_set_baud(line, rate) < 0)
		complain("%s does not do %u baud", request->tty, rate);
	if (status == EXIT_OK)
		status = give_line(request, line, rate);
	if (status == EXIT_OK)
		status = hold(request, line);
	return status;
}

/* Who has the port, and as what. */
static void say_busy(const struct attach_request *request)
{
	struct kernel_device device;
	struct port_holders holders;
	char target[PATH_MAX];

	if (!realpath(request->tty, target))
		snprintf(target, sizeof(target), "%s", request->tty);
	find_port_holders("", target, &holders);
	if (find_device(request, &device))
		complain("%s is /dev/%s already\n"
			 "        to boot its board anew: kpuctl reset %s",
			 request->tty, device.name, device.name);
	else if (holders.count)
		complain("%s is in use by %s (process %ld)\n        close it, or: kill %ld",
			 request->tty, holders.holders[0].name, holders.holders[0].process,
			 holders.holders[0].process);
	else
		complain("%s is in use by another program\n        kpuctl list, as root, says by "
			 "which",
			 request->tty);
}

static int say_not_opened(const struct attach_request *request, int rc)
{
	if (rc == -EBUSY) {
		say_busy(request);
		return EXIT_NO_DEVICE;
	}
	if (rc == -ENOTTY) {
		complain("%s is not a serial port\n        kpuctl list shows the ports of boards",
			 request->tty);
		return EXIT_FAILED;
	}
	complain("%s: %s", request->tty, strerror(-rc));
	if (rc == -EACCES)
		note("        sudo kpuctl attach %s", request->tty);
	if (rc == -ENOENT)
		note("        kpuctl list shows the ports of boards");
	return rc == -EACCES || rc == -ENOENT || rc == -ENXIO || rc == -ENODEV ? EXIT_NO_DEVICE
									       : EXIT_FAILED;
}

int attach_line(const struct attach_request *request)
{
	struct line line;
	int status, rc = line_open(&line, request->tty, request->boot ? START_BAUD : request->baud);

	if (rc < 0)
		return say_not_opened(request, rc);
	status = with_line(request, &line);
	line_close(&line, status == EXIT_NO_ROM);
	return status;
}
