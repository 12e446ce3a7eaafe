/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "utils/kpuctl/command.h"

#define OPTIONS_MAX 24

#define TIMEOUT_MAX_S 86400L

/* Above what commands use themselves. */
#define OPTION_TIMEOUT 1000

static const char *chosen_device;
static uint32_t chosen_timeout_ms;

static const struct option_entry common_options[] = {
	{ 'd', "device", "DEVICE", "dev:/dev/kpu0, tty:/dev/ttyUSB0, spi:... or emu:" },
	{ OPTION_TIMEOUT, "timeout", "SECONDS",
	  "for a load, and for a run (default: what the line needs)" },
	{ 'h', "help", NULL, "this text" },
	{ 0, NULL, NULL, NULL },
};

static void print_options(const struct option_entry *options)
{
	for (; options->name; options++) {
		char letter[8] = "    ", name[48];

		if (!options->help)
			continue;
		if (options->letter < 256)
			snprintf(letter, sizeof(letter), "-%c, ", options->letter);
		snprintf(name, sizeof(name), "--%s%s%s", options->name,
			 options->argument ? " " : "", options->argument ? options->argument : "");
		printf("  %s%-22s %s\n", letter, name, options->help);
	}
}

static void print_help(const struct command *command)
{
	printf("usage: kpuctl [-d DEVICE] %s [OPTIONS]%s%s\n\n%c%s.\n\n", command->name,
	       *command->arguments ? " " : "", command->arguments,
	       toupper((unsigned char)command->summary[0]), command->summary + 1);
	if (command->details)
		printf("%s\n\n", command->details);
	print_options(command->options);
	print_options(common_options);
	printf("\nExample:\n  %s\n", command->example);
}

void usage_error(const struct command *command, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "kpuctl %s: ", command->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "; see kpuctl %s --help\n", command->name);
	exit(EXIT_USAGE);
}

static void add_options(const struct option_entry *from, struct option *table, size_t *count,
			char *letters)
{
	for (; from->name && *count < OPTIONS_MAX; from++) {
		table[(*count)++] = (struct option){
			.name = from->name,
			.has_arg = from->argument ? required_argument : no_argument,
			.val = from->letter,
		};
		if (from->letter < 256)
			sprintf(letters + strlen(letters), "%c%s", from->letter,
				from->argument ? ":" : "");
	}
}

static const struct option_entry *find_option(const struct option_entry *options, int letter)
{
	for (; options->name; options++) {
		if (options->letter == letter)
			return options;
	}
	return NULL;
}

/* After getopt_long() has failed at @word; of a group like -xy, optopt is the letter at fault. */
static void __attribute__((noreturn))
refuse_option(const struct command *command, bool lacks_value, const char *word)
{
	const struct option_entry *known = find_option(command->options, optopt);

	if (!known)
		known = find_option(common_options, optopt);
	if (lacks_value && known)
		usage_error(command, "--%s needs a value: %s", known->name, known->argument);
	if (known)
		usage_error(command, "--%s takes no value", known->name);
	if (optopt)
		usage_error(command, "-%c: unknown option", optopt);
	usage_error(command, "%s: unknown option", word);
}

int next_option(const struct command *command, int argc, char **argv)
{
	struct option table[OPTIONS_MAX + 1] = { { 0 } };
	/* The colon tells options without their value from unknown ones. */
	char letters[3 * OPTIONS_MAX + 2] = ":";
	size_t count = 0;
	int letter;

	add_options(command->options, table, &count, letters);
	add_options(common_options, table, &count, letters);
	for (;;) {
		opterr = 0;
		letter = getopt_long(argc, argv, letters, table, NULL);
		if (letter == 'h') {
			print_help(command);
			exit(EXIT_OK);
		} else if (letter == 'd') {
			set_device_uri(optarg);
		} else if (letter == OPTION_TIMEOUT) {
			set_timeout(command, optarg);
		} else if (letter == '?' || letter == ':') {
			refuse_option(command, letter == ':', argv[optind - 1]);
		} else {
			return letter;
		}
	}
}

void check_arguments(const struct command *command, int argc, char **argv)
{
	int given = argc - optind;

	if (given < command->least_arguments)
		usage_error(command, "needs %s", command->arguments);
	if (given > command->most_arguments)
		usage_error(command, "one argument too many: \"%s\"",
			    argv[optind + command->most_arguments]);
}

void check_picture_name(const struct command *command, const char *path)
{
	const char *dot = path ? strrchr(path, '.') : NULL;

	if (dot && (!strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg")))
		usage_error(command, "%s: pictures are written as PNG, name it so", path);
}

FILE *words_stream(const char *output_path)
{
	return output_path && !strcmp(output_path, "-") ? stderr : stdout;
}

long option_number(const struct command *command, const char *name, const char *text, long least,
		   long most)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || *end || number < least || number > most)
		usage_error(command, "--%s %s is not a number within %ld..%ld", name, text, least,
			    most);
	return number;
}

double option_fraction(const struct command *command, const char *name, const char *text)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end || !(number >= 0 && number <= 1))
		usage_error(command, "--%s %s is not a number within 0..1", name, text);
	return number;
}

void set_device_uri(const char *uri)
{
	chosen_device = uri;
}

void set_timeout(const struct command *command, const char *seconds)
{
	char *end;
	long number = strtol(seconds, &end, 10);

	if (end != seconds && !*end && number >= 1 && number <= TIMEOUT_MAX_S) {
		chosen_timeout_ms = (uint32_t)number * 1000;
		return;
	}
	complain("--timeout %s is not a number within 1..%ld; see kpuctl %s%s--help", seconds,
		 TIMEOUT_MAX_S, command ? command->name : "", command ? " " : "");
	exit(EXIT_USAGE);
}

const char *device_uri(void)
{
	return chosen_device;
}

struct kpu_device *open_device(int *status)
{
	struct kpu_device *device;
	struct kpu_error error;

	*status = EXIT_OK;
	if (kpu_open(chosen_device, &device, &error) == 0) {
		kpu_set_timeout(device, chosen_timeout_ms);
		return device;
	}
	*status = report_error(&error);
	if (error.code == KPU_ERR_PARAM)
		*status = EXIT_USAGE;
	return NULL;
}

void complain(const char *format, ...)
{
	va_list arguments;

	fputs("kpuctl: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

void note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static int exit_code(int code)
{
	switch (code) {
	case KPU_ERR_NO_DEVICE:
	case KPU_ERR_DEVICE_GONE:
	case KPU_ERR_NO_MODULE:
	case KPU_ERR_PERMISSION:
	case KPU_ERR_BUSY:
		return EXIT_NO_DEVICE;
	case KPU_ERR_KMODEL_VERSION:
	case KPU_ERR_KMODEL_FORMAT:
	case KPU_ERR_DECRYPT:
	case KPU_ERR_READ_FILE:
	case KPU_ERR_BAD_IMAGE:
		return EXIT_BAD_FILE;
	case KPU_ERR_TIMEOUT:
		return EXIT_TIMEOUT;
	case KPU_ERR_IDX_OUTRANGE:
		return EXIT_USAGE;
	default:
		return EXIT_FAILED;
	}
}

int report_error(const struct kpu_error *error)
{
	complain("%s", error->message);
	if (error->next_step[0])
		fprintf(stderr, "        %s (%s, %d)\n", error->next_step,
			kpu_error_name(error->code), error->code);
	return exit_code(error->code);
}

int report_last_error(struct kpu_device *device)
{
	struct kpu_error error;

	kpu_last_error(device, &error);
	return report_error(&error);
}

static bool colour(void)
{
	const char *off = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(off && *off) && terminal && strcmp(terminal, "dumb");
}

const char *bold(void)
{
	return colour() ? "\033[1m" : "";
}

const char *plain(void)
{
	return colour() ? "\033[0m" : "";
}

enum {
	OPTION_JSON = 256
};

const struct option_entry json_option[] = {
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 0, NULL, NULL, NULL },
};

int run_with_device(const struct command *command, int argc, char **argv,
		    int (*work)(struct kpu_device *device, int count, char **arguments, bool json))
{
	struct kpu_device *device;
	bool json = false;
	int option, status;

	while ((option = next_option(command, argc, argv)) != -1)
		json = option == OPTION_JSON;
	check_arguments(command, argc, argv);
	device = open_device(&status);
	if (!device)
		return status;
	status = work(device, argc - optind, argv + optind, json);
	kpu_close(device);
	return status;
}
