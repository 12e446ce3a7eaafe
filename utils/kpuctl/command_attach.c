/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "utils/kpuctl/attach_choice.h"
#include "utils/kpuctl/command.h"
#include "utils/kpuctl/line_discipline.h"

enum {
	OPTION_DETACH = 256,
	OPTION_SERVICE,
	OPTION_CONFIG,
	OPTION_ROOT,
};

static const struct option_entry options[] = {
	{ 'b', "baud", "N", "rate at which the board starts (default 115200)" },
	{ 'r', "rate", "N", "raise the rate to N first (default: leave it)" },
	{ OPTION_DETACH, "detach", NULL, "go to the background once the device is there" },
	{ OPTION_SERVICE, "service", NULL, "leave TTY alone when the configuration says so" },
	{ OPTION_CONFIG, "config", "FILE", "instead of " ATTACH_CONFIG_PATH },
	{ OPTION_ROOT, "root", "FOLDER", NULL },
	{ 0, NULL, NULL, NULL },
};

#define APPEAR_MS 10000

struct request {
	const char *tty;
	uint32_t baud, rate;
	bool detach, service;
	const char *config, *root;
	struct attach_candidates candidates;
};

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
	(void)number;
	stop_asked = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

/* The library agrees on the rate with the board, which then keeps it. */
static int raise_rate(const struct request *request, uint32_t *baud)
{
	struct kpu_device_info info;
	struct kpu_device *device;
	struct kpu_error error;
	char uri[256];
	int status = EXIT_OK;

	snprintf(uri, sizeof(uri), "tty:%.200s?baud=%u", request->tty, request->rate);
	if (kpu_open(uri, &device, &error) < 0)
		return report_error(&error);
	if (kpu_device_info(device, &info) < 0)
		status = report_last_error(device);
	kpu_close(device);
	*baud = info.line_rate * 10;
	if (status == EXIT_OK && *baud != request->rate)
		note("note: the line runs at %u baud", *baud);
	return status;
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

static int give_line(const struct request *request, uint32_t baud)
{
	int fd = line_give(request->tty, baud);

	if (fd >= 0)
		return fd;
	if (fd == -EINVAL)
		complain("%s: the line discipline is not there\n"
			 "        load the kernel module: modprobe kpu_tty",
			 request->tty);
	else
		complain("%s: %s", request->tty, strerror(-fd));
	return fd;
}

/* The descriptor holds the discipline: nothing is left to do but to keep it until the tty goes. */
static void hold(int fd)
{
	struct pollfd line = { .fd = fd };

	while (!stop_asked && !(line.revents & (POLLHUP | POLLERR | POLLNVAL)))
		poll(&line, 1, 1000);
}

static int attach(const struct request *request)
{
	uint32_t baud = request->baud;
	char name[64];
	int status = EXIT_OK, fd;

	if (request->rate)
		status = raise_rate(request, &baud);
	if (status)
		return status;
	fd = give_line(request, baud);
	if (fd < 0)
		return fd == -EBUSY || fd == -EACCES || fd == -ENOENT ? EXIT_NO_DEVICE
								      : EXIT_FAILED;
	status = wait_for_device(request->tty, name, sizeof(name));
	if (status == EXIT_OK) {
		printf("%s\n", name);
		fflush(stdout);
		/* The child keeps the descriptor, the parent's end tells the caller. */
		if (request->detach && daemon(0, 0) < 0)
			status = EXIT_FAILED;
		else
			hold(fd);
	}
	line_take_back(fd);
	return status;
}

/* Which port, and whether at all. Below EXIT_OK: go on. */
static int choose(struct request *request)
{
	struct attach_decision decision;
	struct kpu_error error;
	int rc;

	if (!request->tty) {
		if (attach_candidates(request->root, request->config, &request->candidates,
				      &error) < 0)
			return report_error(&error);
		request->tty = request->candidates.list[0].tty;
		decision = request->candidates.list[0].decision;
	} else if (request->service) {
		rc = attach_is_wanted(request->root, request->config, request->tty, &decision,
				      &error);
		if (rc < 0)
			return report_error(&error);
		if (!rc) {
			note("%s is left alone: %s, line %u", request->tty, request->config,
			     decision.line);
			return EXIT_OK;
		}
	} else {
		return -1;
	}
	if (!request->rate)
		request->rate = decision.max_rate;
	return -1;
}

static void take_option(const struct command *command, int option, struct request *request)
{
	switch (option) {
	case 'b':
		request->baud = (uint32_t)option_number(command, "baud", optarg, 9600, 12000000);
		break;
	case 'r':
		request->rate = (uint32_t)option_number(command, "rate", optarg, 9600, 12000000);
		break;
	case OPTION_DETACH:
		request->detach = true;
		break;
	case OPTION_SERVICE:
		request->service = true;
		break;
	case OPTION_CONFIG:
		request->config = optarg;
		break;
	default:
		request->root = optarg;
	}
}

static int run(const struct command *command, int argc, char **argv)
{
	struct request request = { .baud = 115200, .config = ATTACH_CONFIG_PATH, .root = "" };
	int option, status;

	while ((option = next_option(command, argc, argv)) != -1)
		take_option(command, option, &request);
	check_arguments(command, argc);
	request.tty = argv[optind];
	if (request.service && !request.tty)
		usage_error(command, "--service needs a TTY");
	status = choose(&request);
	if (status < EXIT_OK) {
		catch_signals();
		status = attach(&request);
	}
	free(request.candidates.list);
	return status;
}

const struct command command_attach = {
	.name = "attach",
	.arguments = "[TTY]",
	.summary = "give a serial port to the kernel driver: /dev/kpuN appears",
	.example = "kpuctl attach --rate 2000000 --detach /dev/ttyUSB0",
	.options = options,
	.most_arguments = 1,
	.run = run,
};
