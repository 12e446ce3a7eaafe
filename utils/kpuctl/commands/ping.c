/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <getopt.h>
#include <stdio.h>

#include "utils/kpuctl/command.h"

static const struct option_entry options[] = {
	{ 'c', "count", "N", "how often (default 10)" },
	{ 0, NULL, NULL, NULL },
};

static int run(const struct command *command, int argc, char **argv)
{
	uint32_t least = UINT32_MAX, most = 0, took;
	struct kpu_device *device;
	uint64_t sum = 0;
	long count = 10;
	int status, option;

	while ((option = next_option(command, argc, argv)) != -1)
		count = option_number(command, "count", optarg, 1, 1000000);
	check_arguments(command, argc, argv);
	device = open_device(&status);
	if (!device)
		return status;
	for (long i = 0; i < count && status == EXIT_OK; i++) {
		if (kpu_ping(device, &took) < 0) {
			status = report_last_error(device);
			break;
		}
		least = took < least ? took : least;
		most = took > most ? took : most;
		sum += took;
	}
	if (status == EXIT_OK)
		printf("%ld answers: least %u us, mean %llu us, most %u us\n", count, least,
		       (unsigned long long)(sum / (uint64_t)count), most);
	kpu_close(device);
	return status;
}

const struct command command_ping = {
	.name = "ping",
	.arguments = "",
	.summary = "measure the time of question and answer",
	.example = "kpuctl -d tty:/dev/ttyUSB0 ping -c 100",
	.options = options,
	.run = run,
};
