/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "utils/kpuctl/boards/attach.h"
#include "utils/kpuctl/boards/attach_choice.h"
#include "utils/kpuctl/boards/attach_spi.h"

/* 50 ms each. */
#define GONE_LOOKS 40

enum {
	OPTION_DETACH = 256,
	OPTION_SERVICE,
	OPTION_CONFIG,
	OPTION_ROOT,
	OPTION_NO_BOOT,
	OPTION_STYLE,
	OPTION_FIRMWARE,
	OPTION_WAIT,
	OPTION_REMOVE,
};

static const struct option_entry options[] = {
	{ 'r', "rate", "N", "highest rate of the line (default: what works)" },
	{ OPTION_STYLE, "style", "STYLE", "how DTR and RTS reset the board: dan, kd233, goe, god" },
	{ OPTION_FIRMWARE, "firmware", "FILE", "instead of the installed image" },
	{ OPTION_NO_BOOT, "no-boot", NULL, "the board runs the firmware already" },
	{ 'b', "baud", "N", "with --no-boot: the rate at which it does (default 115200)" },
	{ OPTION_WAIT, "wait", NULL, "without TTY: until a board is plugged in" },
	{ OPTION_DETACH, "detach", NULL, "go to the background once the device is there" },
	{ OPTION_REMOVE, "remove", NULL, "take a board on SPI off again" },
	{ 'v', "verbose", NULL, "say what happens" },
	{ OPTION_SERVICE, "service", NULL, "leave TTY alone when the configuration says so" },
	{ OPTION_CONFIG, "config", "FILE", "instead of " ATTACH_CONFIG_PATH },
	{ OPTION_ROOT, "root", "FOLDER", NULL },
	{ 0, NULL, NULL, NULL },
};

struct request {
	struct attach_request line;
	bool detach, service, wait, remove;
	bool for_tty;  /* an option that has no meaning for SPI */
	bool for_boot; /* one that has none for a board that is not booted */
	bool baud_given;
	const char *config, *root;
	struct attach_candidates candidates;
	struct attach_decision decision;
};

/* What the process in the background tells the one that has started it. */
struct report {
	int status;
	char device[64];
};

static void print_device(void *context, const char *device)
{
	(void)context;
	printf("%s\n", device);
	fflush(stdout);
}

static void tell_parent(void *context, const char *device)
{
	struct report report = { .status = EXIT_OK };
	int *pipe_end = context, null = open("/dev/null", O_RDWR);

	snprintf(report.device, sizeof(report.device), "%s", device);
	if (write(*pipe_end, &report, sizeof(report)) < 0)
		complain("the process that has started this one is gone");
	close(*pipe_end);
	*pipe_end = -1;
	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
}

/*
 * The driver knows its holder by the number of the process: so the one that stays is the one that
 * does everything, and the one that was started only waits for it.
 */
static int attach_in_background(struct request *request)
{
	struct report report = { .status = EXIT_FAILED };
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0 || (child = fork()) < 0) {
		complain("cannot start another process: %s", strerror(errno));
		return EXIT_FAILED;
	}
	if (child == 0) {
		close(ends[0]);
		setsid();
		request->line.attached = tell_parent;
		request->line.context = &ends[1];
		report.status = attach_line(&request->line);
		if (ends[1] >= 0 && write(ends[1], &report, sizeof(report)) < 0)
			complain("the process that has started this one is gone");
		fflush(NULL);
		_exit(report.status);
	}
	close(ends[1]);
	/* A signal of the terminal does not reach a session of its own. */
	while (read(ends[0], &report, sizeof(report)) < 0 && errno == EINTR)
		kill(child, SIGTERM);
	close(ends[0]);
	if (report.status == EXIT_OK && *report.device)
		printf("%s\n", report.device);
	return report.status;
}

static int attach(struct request *request)
{
	if (request->decision.style[0] && !request->line.style)
		request->line.style = request->decision.style;
	if (request->decision.max_rate && !request->line.rate)
		request->line.rate = request->decision.max_rate;
	request->line.attached = print_device;
	return request->detach ? attach_in_background(request) : attach_line(&request->line);
}

static int find_candidates(struct request *request)
{
	const struct timespec pause = { 0, 300000000 };
	struct kpu_error error;

	while (attach_candidates(request->root, request->config, &request->candidates, &error) <
	       0) {
		if (!request->wait || error.code != KPU_ERR_NO_DEVICE || attach_is_stopped())
			return report_error(&error);
		nanosleep(&pause, NULL);
	}
	return EXIT_OK;
}

/* Ports that may lead to a board, until one does. */
static int attach_first(struct request *request)
{
	const struct attach_request wishes = request->line;
	int status = find_candidates(request);

	for (size_t i = 0; status == EXIT_OK && i < request->candidates.count; i++) {
		request->line = wishes;
		request->line.tty = request->candidates.list[i].tty;
		request->decision = request->candidates.list[i].decision;
		status = attach(request);
		if (status != EXIT_NO_ROM || attach_is_stopped())
			break;
		if (i + 1 < request->candidates.count)
			status = EXIT_OK;
	}
	free(request->candidates.list);
	return status;
}

/* 1: the configuration lets the service take the port. */
static int service_may(struct request *request, int *status)
{
	struct kpu_error error;
	int rc = attach_is_wanted(request->root, request->config, request->line.tty,
				  &request->decision, &error);

	*status = EXIT_OK;
	if (rc < 0)
		*status = report_error(&error);
	else if (!rc)
		note("%s is left alone: %s, line %u", request->line.tty, request->config,
		     request->decision.line);
	return rc > 0;
}

/* A port that has gone is no failure of the service: udev starts it again with the next port. */
static int status_of_service(const char *tty, int status)
{
	const struct timespec pause = { 0, 50000000 };

	for (int i = 0; status == EXIT_NO_DEVICE && i < GONE_LOOKS; i++) {
		if (access(tty, F_OK) < 0) {
			note("%s has been unplugged", tty);
			return EXIT_OK;
		}
		/* The node goes a little later than the line. */
		nanosleep(&pause, NULL);
	}
	return status;
}

static void take_option(const struct command *command, int option, struct request *request)
{
	struct attach_request *line = &request->line;

	request->for_tty |= option == 'b' || option == 'r' || option == OPTION_STYLE ||
			    option == OPTION_FIRMWARE || option == OPTION_NO_BOOT;
	request->for_boot |= option == OPTION_STYLE || option == OPTION_FIRMWARE;
	switch (option) {
	case 'b':
		request->baud_given = true;
		line->baud = (uint32_t)option_number(command, "baud", optarg, 9600, 12000000);
		break;
	case 'r':
		line->rate = (uint32_t)option_number(command, "rate", optarg, 115200, 12000000);
		break;
	case 'v':
		line->verbose = true;
		break;
	case OPTION_STYLE:
		if (!kpu_boot_find_style(optarg))
			usage_error(command, "--style %s is none of dan, kd233, goe, god", optarg);
		line->style = optarg;
		break;
	case OPTION_FIRMWARE:
		line->firmware = optarg;
		break;
	case OPTION_NO_BOOT:
		line->boot = false;
		break;
	case OPTION_WAIT:
		request->wait = true;
		break;
	case OPTION_REMOVE:
		request->remove = true;
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

/* -d tty:/dev/ttyUSB0 means that port; NULL: there is no -d. */
static const char *port_of_device(const struct command *command)
{
	const char *device = device_uri();

	if (!device || !*device)
		return NULL;
	if (!strncmp(device, "tty:", 4))
		device += 4;
	if (*device != '/' || strchr(device, '?'))
		usage_error(command, "-d %s is no port: name one, e.g. /dev/ttyUSB0", device);
	return device;
}

/* Nobody has to stay for it: the kernel keeps it until it is removed. */
static int run_spi(const struct command *command, const struct request *request)
{
	struct spi_place place;
	struct kpu_error error;

	if (request->for_tty || request->service || request->wait)
		usage_error(command, "on SPI there are no options but --remove and --detach");
	if (spi_place_parse(&place, request->line.tty, &error) < 0)
		usage_error(command, "%s", error.message);
	if (!request->remove && !place.has_line[SPI_LINE_READY])
		usage_error(command, "%s: a board on SPI needs ready=CHIP:LINE", request->line.tty);
	return request->remove ? detach_spi(&place, request->root)
			       : attach_spi(&place, request->root);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct request request = { .line = { .baud = 115200, .boot = true },
				   .config = ATTACH_CONFIG_PATH,
				   .root = "" };
	int option, status;

	while ((option = next_option(command, argc, argv)) != -1)
		take_option(command, option, &request);
	check_arguments(command, argc, argv);
	if (argv[optind] && is_spi_place(argv[optind])) {
		request.line.tty = argv[optind];
		return run_spi(command, &request);
	}
	request.line.tty = argv[optind] ? argv[optind] : port_of_device(command);
	if (request.remove)
		usage_error(command, "--remove is for a board on SPI; end kpuctl attach to take "
				     "one off its TTY");
	if (request.service && !request.line.tty)
		usage_error(command, "--service needs a TTY");
	/* Whoever says at which rate the firmware runs does not want it booted. */
	if (request.baud_given && request.line.boot)
		usage_error(command, "--baud is for --no-boot; --rate is the highest rate of a "
				     "board that is booted");
	if (request.for_boot && !request.line.boot)
		usage_error(command, "--style and --firmware mean nothing to --no-boot");
	if (request.wait && request.line.tty)
		usage_error(command, "--wait is for any board, not for a TTY");
	attach_catch_signals();
	if (!request.line.tty)
		status = attach_first(&request);
	else if (!request.service)
		status = attach(&request);
	else if (service_may(&request, &status))
		status = status_of_service(request.line.tty, attach(&request));
	if (status != EXIT_OK && attach_is_stopped())
		attach_end_by_signal();
	return status;
}

const struct command command_attach = {
	.name = "attach",
	.arguments = "[TTY | spi:BUS.CS,ready=CHIP:LINE...]",
	.summary = "boot a board and give its port to the kernel driver: /dev/kpuN appears",
	.example = "kpuctl attach --detach /dev/ttyUSB0",
	.options = options,
	.most_arguments = 1,
	.run = run,
};
