/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/boards/attach.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "utils/kpuctl/boards/line_discipline.h"

#define APPEAR_MS  10000
#define START_BAUD 115200

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
	(void)number;
	stop_asked = 1;
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

static void pause_ms(long ms)
{
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/* First file that @pattern finds and whose content is @wanted (NULL: any). */
static bool find_path(const char *pattern, const char *wanted, char *path, size_t size)
{
	glob_t found;
	bool ok = false;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc && !ok; i++) {
			char content[64] = "";
			FILE *file = wanted ? fopen(found.gl_pathv[i], "r") : NULL;

			ok = !wanted || (file && fgets(content, sizeof(content), file) &&
					 !strncmp(content, wanted, strlen(wanted)) &&
					 strchr("\n", content[strlen(wanted)]));
			if (file)
				fclose(file);
			if (ok)
				snprintf(path, size, "%s", found.gl_pathv[i]);
		}
	}
	globfree(&found);
	return ok;
}

/* /dev/kpuN of the tty called @base: its child in sysfs, or, for lines without a device of their
 * own, the one that names it as its transport. */
static bool find_device(const char *base, char *name, size_t size)
{
	char pattern[128], wanted[80], path[256], *node;

	snprintf(pattern, sizeof(pattern), "/sys/class/tty/%.64s/kpu/kpu*", base);
	snprintf(wanted, sizeof(wanted), "tty %.64s", base);
	if (find_path(pattern, NULL, path, sizeof(path))) {
		node = strrchr(path, '/');
	} else {
		if (!find_path("/sys/class/kpu/kpu*/transport", wanted, path, sizeof(path)))
			return false;
		*strrchr(path, '/') = 0;
		node = strrchr(path, '/');
	}
	snprintf(name, size, "/dev/%.32s", node + 1);
	return access(name, F_OK) == 0;
}

/* The device must be there and its board must answer. */
static int wait_for_device(const char *tty, char *name, size_t size)
{
	const char *base = strrchr(tty, '/');
	struct kpu_device *device;
	struct kpu_error error;
	char uri[80];

	base = base ? base + 1 : tty;
	for (long waited = 0; !stop_asked; waited += 20) {
		if (find_device(base, name, size))
			break;
		if (waited >= APPEAR_MS) {
			complain("%s: the driver has made no device within %d s", tty,
				 APPEAR_MS / 1000);
			return EXIT_TIMEOUT;
		}
		pause_ms(20);
	}
	if (stop_asked)
		return EXIT_FAILED;
	snprintf(uri, sizeof(uri), "dev:%s", name);
	if (kpu_open(uri, &device, &error) < 0)
		return report_error(&error);
	kpu_close(device);
	return EXIT_OK;
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

/* The descriptor holds the discipline. */
static void hold(const struct attach_request *request, struct line *line)
{
	while (!stop_asked) {
		int rc = line_wait(line, 1000);

		if (rc < 0)
			return;
		if (rc > 0)
			boot_again(request, line);
	}
}

static int with_line(const struct attach_request *request, struct line *line)
{
	char name[64];
	uint32_t rate = 0;
	int status = first_boot(request, line, &rate);

	if (status == EXIT_OK && !request->boot && rate && line_set_baud(line, rate) < 0)
		complain("%s does not do %u baud", request->tty, rate);
	if (status == EXIT_OK)
		status = give_line(request, line, rate);
	if (status == EXIT_OK)
		status = wait_for_device(request->tty, name, sizeof(name));
	if (status == EXIT_OK) {
		request->attached(request->context, name);
		hold(request, line);
	}
	return status;
}

int attach_line(const struct attach_request *request)
{
	struct line line;
	int status, rc = line_open(&line, request->tty, request->boot ? START_BAUD : request->baud);

	if (rc < 0) {
		complain("%s: %s", request->tty,
			 rc == -EBUSY ? "in use by another program" : strerror(-rc));
		return rc == -EBUSY || rc == -EACCES || rc == -ENOENT || rc == -ENXIO ||
				       rc == -ENODEV
			       ? EXIT_NO_DEVICE
			       : EXIT_FAILED;
	}
	status = with_line(request, &line);
	line_close(&line, status == EXIT_NO_ROM);
	return status;
}
