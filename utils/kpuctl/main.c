/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* kpuctl [-d DEVICE] COMMAND ... */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/kpuctl/command.h"

/* clang-format off */
const struct command *const commands[] = {
	&command_info,     &command_mem,        &command_load,  &command_netinfo,
	&command_detect,   &command_classify,   &command_face,  &command_classifier,
	&command_forward,  &command_fmap,       &command_bench, &command_conformance,
	&command_attach,   &command_list,       &command_doctor, &command_flash,
	&command_reset,    &command_ping,       NULL,
};
/* clang-format on */

static void print_help(FILE *out)
{
	fprintf(out, "usage: kpuctl [-d DEVICE] COMMAND [OPTIONS] [ARGUMENTS]\n\n"
		     "Run neural networks on a Kendryte K210 board.\n\n");
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %s%-12s%s %s\n", bold(), commands[i]->name, plain(),
			commands[i]->summary);
	fprintf(out,
		"\n  -d, --device DEVICE  dev:/dev/kpu0, tty:/dev/ttyUSB0, "
		"spi:/dev/spidev0.0?ready=...\n"
		"                       or emu: (emulated board);\n"
		"                       default: $KPU_DEVICE, else the first /dev/kpuN\n"
		"      --timeout SECONDS  for a load, and for a run (default: what the line "
		"needs)\n"
		"  -h, --help           this text; kpuctl COMMAND --help for one command\n"
		"  -V, --version\n\n"
		"Exit status: 0 done, 1 failed, 2 wrong usage, 3 no board, 4 bad file, 5 no "
		"answer in\n"
		"time, 6 results differ (conformance) or nobody known (face compare), 7 no K210 "
		"behind\nthe port (attach).\n");
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

/* Reads what stands before the command; returns its place in @argv, or ends the program. */
static int global_options(int argc, char **argv)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		const char *word = argv[i];

		if (!strcmp(word, "-h") || !strcmp(word, "--help")) {
			print_help(stdout);
			exit(EXIT_OK);
		} else if (!strcmp(word, "-V") || !strcmp(word, "--version")) {
			printf("kpuctl %s\n", kpu_version());
			exit(EXIT_OK);
		} else if (!strcmp(word, "-d") || !strcmp(word, "--device")) {
			if (i + 1 == argc) {
				complain("%s needs a value: DEVICE; see kpuctl --help", word);
				exit(EXIT_USAGE);
			}
			set_device_uri(argv[++i]);
		} else if (!strncmp(word, "--device=", 9)) {
			set_device_uri(word + 9);
		} else if (!strncmp(word, "-d", 2) && word[2]) {
			set_device_uri(word + 2);
		} else if (!strcmp(word, "--timeout") && i + 1 < argc) {
			set_timeout(NULL, argv[++i]);
		} else if (!strncmp(word, "--timeout=", 10)) {
			set_timeout(NULL, word + 10);
		} else if (!strcmp(word, "--timeout")) {
			complain("%s needs a value: SECONDS; see kpuctl --help", word);
			exit(EXIT_USAGE);
		} else {
			complain("%s: unknown option; see kpuctl --help", word);
			exit(EXIT_USAGE);
		}
	}
	return i;
}

/* Without this a file or the board's line could become standard output. */
static void open_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Output that did not reach its place is a failure, whatever the command thinks. */
static void check_standard_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return;
	complain("cannot write to standard output: %s", strerror(errno));
	_exit(EXIT_FAILED);
}

/* kpuctl help [COMMAND] */
static int help(int argc, char **argv)
{
	const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;
	static char option[] = "--help";
	char *words[] = { NULL, option, NULL };

	if (command) {
		words[0] = argv[1];
		return command->run(command, 2, words);
	}
	if (argc > 1) {
		complain("there is no command \"%s\"; see kpuctl --help", argv[1]);
		return EXIT_USAGE;
	}
	print_help(stdout);
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	const struct command *command;
	int place;

	open_standard_files();
	atexit(check_standard_output);
	place = global_options(argc, argv);

	if (place >= argc) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[place], "help"))
		return help(argc - place, argv + place);
	command = find_command(argv[place]);
	if (!command) {
		complain("there is no command \"%s\"; see kpuctl --help", argv[place]);
		return EXIT_USAGE;
	}
	return command->run(command, argc - place, argv + place);
}
