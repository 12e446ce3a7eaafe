/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What every subcommand shares: its entry in the table, options, exit codes, messages. */
#ifndef KPUCTL_COMMAND_H
#define KPUCTL_COMMAND_H

#include <kpu.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum kpuctl_exit {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NO_DEVICE = 3, /* no such board, not permitted, in use, or gone */
	EXIT_BAD_FILE = 4,  /* a model or picture is missing, damaged or of the wrong kind */
	EXIT_TIMEOUT = 5,   /* the board did not answer in time */
	/* conformance: a result is not what it should be; face compare: nobody known */
	EXIT_DIFFERS = 6,
	EXIT_NO_ROM = 7, /* attach: the port leads to no K210; it is as it was */
};

/* One option of a subcommand. Those of all commands (-d, --timeout, -h) are added by themselves. */
struct option_entry {
	int letter;           /* what next_option() returns; above 255: long form only */
	const char *name;     /* long form */
	const char *argument; /* how --help calls its argument, NULL: none */
	const char *help;     /* NULL: for tests, --help does not tell it */
};

struct command {
	const char *name;
	const char *arguments;              /* "MODEL PICTURE" */
	const char *summary;                /* one line */
	const char *details;                /* for --help, complete sentences; NULL: none */
	const char *example;                /* one line */
	const struct option_entry *options; /* ended by one without a name */
	int least_arguments, most_arguments;
	int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command command_attach, command_bench, command_classifier, command_classify,
	command_conformance, command_detect, command_doctor, command_face, command_flash,
	command_fmap, command_forward, command_info, command_list, command_load, command_mem,
	command_netinfo, command_ping, command_reset;
extern const struct command *const commands[]; /* ended by NULL */

/*
 * getopt_long() over the command's table. Returns the letter of the next option (its argument in
 * optarg), -1 at the end of the options. --help and mistakes end the program.
 */
int next_option(const struct command *command, int argc, char **argv);
/* For commands that have no option but --json. */
extern const struct option_entry json_option[];
/* Of such a command: opens the device and hands it to @work with the command's arguments. */
int run_with_device(const struct command *command, int argc, char **argv,
		    int (*work)(struct kpu_device *device, int count, char **arguments, bool json));
/* After the options: the number of arguments is right, or the program ends. */
void check_arguments(const struct command *command, int argc, char **argv);
/* Pictures are written as PNG; a name that promises a JPEG ends the program. NULL is none. */
void check_picture_name(const struct command *command, const char *path);
/* Where a command says what it did: not among the bytes of an output file "-". */
FILE *words_stream(const char *output_path);
/* Ends the program with EXIT_USAGE. */
void usage_error(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));
/* Numbers of options; a mistake ends the program. */
long option_number(const struct command *command, const char *name, const char *text, long least,
		   long most);
double option_fraction(const struct command *command, const char *name, const char *text);

/* The device that -d, --device or $KPU_DEVICE names; NULL = the library's choice. */
void set_device_uri(const char *uri);
/* Of loads and runs on it. What is no number of seconds ends the program; @command may be NULL. */
void set_timeout(const struct command *command, const char *seconds);
const char *device_uri(void);
/* Opens it; NULL: *status is the exit code, the message has been printed. */
struct kpu_device *open_device(int *status);

/* Prints the error with its next step; returns the exit code for it. */
int report_error(const struct kpu_error *error);
int report_last_error(struct kpu_device *device);
/* "kpuctl: ..." on stderr. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Escape sequences for a terminal, "" where there is none or $NO_COLOR is set. */
const char *bold(void);
const char *plain(void);

#endif
