/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* flash: what the board's flash holds, and changing it without losing anything by mistake. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/flash/actions.h"

enum {
	OPTION_JSON = 256,
	OPTION_FORCE,
	OPTION_VERIFY,
	OPTION_DISCARD,
};

static const struct option_entry options[] = {
	{ 'o', "output", "FILE", "read: where to put it (- for standard output)" },
	{ OPTION_FORCE, "force", NULL,
	  "write over unrecognised data, too; resume: this is the board" },
	{ OPTION_VERIFY, "verify", NULL, "info: check large programs, too" },
	{ OPTION_DISCARD, "discard", NULL, "resume: forget the interrupted write instead" },
	{ OPTION_JSON, "json", NULL, "info and pins: print JSON" },
	{ 0, NULL, NULL, NULL },
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static const struct flash_action {
	const char *name, *arguments;
	int least, most; /* arguments behind the name */
	int options[2];  /* that mean something for it */
	int (*run)(const struct flash_request *request, struct kpu_device *device);
} actions[] = {
	{ "info", "", 0, 0, { OPTION_VERIFY, OPTION_JSON }, flash_action_info },
	{ "read", " ADDRESS SIZE -o FILE", 2, 2, { 'o' }, flash_action_read },
	{ "write", " ADDRESS FILE", 2, 2, { OPTION_FORCE }, flash_action_write },
	{ "erase", " ADDRESS SIZE", 2, 2, { OPTION_FORCE }, flash_action_erase },
	{ "kfpkg", " PACKAGE", 1, 1, { OPTION_FORCE }, flash_action_package },
	{ "firmware", " [PROGRAM]", 0, 1, { OPTION_FORCE }, flash_action_firmware },
	{ "pins",
	  " [sclk=IO,cs=IO,mosi=IO,miso=IO,sense=IO,ready=IO|off|none]",
	  0,
	  1,
	  { OPTION_FORCE, OPTION_JSON },
	  flash_action_pins },
	{ "resume", " [--discard]", 0, 0, { OPTION_DISCARD, OPTION_FORCE }, flash_action_resume },
};

static const struct flash_action *find_action(const struct command *command, const char *name)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!strcmp(actions[i].name, name))
			return &actions[i];
	}
	usage_error(command,
		    "there is no \"%s\": info, read, write, erase, kfpkg, firmware, pins, "
		    "resume",
		    name);
}

static void check_options(const struct command *command, const struct flash_action *action,
			  const bool *given)
{
	for (size_t i = 0; options[i].name; i++) {
		if (given[i] && options[i].letter != action->options[0] &&
		    options[i].letter != action->options[1])
			usage_error(command, "--%s means nothing to flash %s", options[i].name,
				    action->name);
	}
}

/* Decimal or hexadecimal, K and M behind it as in 64K. */
static uint32_t number(const struct command *command, const char *what, const char *text)
{
	unsigned long long value, unit = 1;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (*end == 'K' || *end == 'k')
		unit = 1024;
	else if (*end == 'M' || *end == 'm')
		unit = 1048576;
	if (unit > 1)
		end++;
	if (errno || end == text || *end || *text == '-' || value > UINT32_MAX / unit)
		usage_error(command, "%s \"%s\" is no number such as 0x300000, 64K or 2M", what,
			    text);
	return (uint32_t)(value * unit);
}

static void read_arguments(const struct command *command, const struct flash_action *action,
			   struct flash_request *request, char **arguments, int count)
{
	if (count < action->least || count > action->most)
		usage_error(command, "usage is: flash %s%s", action->name, action->arguments);
	if (action->least == 2)
		request->address = number(command, "address", arguments[0]);
	if (action->run == flash_action_read || action->run == flash_action_erase)
		request->size = number(command, "size", arguments[1]);
	if (action->run == flash_action_write)
		request->path = arguments[1];
	else if (action->most == 1 && count == 1)
		request->path = arguments[0];
	if (action->run == flash_action_read && !request->output)
		usage_error(command, "flash read needs -o FILE");
}

static int run(const struct command *command, int argc, char **argv)
{
	struct flash_request request = { 0 };
	const struct flash_action *action;
	bool given[OPTIONS] = { false };
	struct kpu_device *device;
	int option, status;

	while ((option = next_option(command, argc, argv)) != -1) {
		for (size_t i = 0; i < OPTIONS; i++)
			given[i] |= options[i].letter == option;
		if (option == 'o')
			request.output = optarg;
		else if (option == OPTION_FORCE)
			request.force = true;
		else if (option == OPTION_VERIFY)
			request.verify = true;
		else if (option == OPTION_DISCARD)
			request.discard = true;
		else
			request.json = true;
	}
	check_arguments(command, argc, argv);
	action = find_action(command, argv[optind]);
	check_options(command, action, given);
	read_arguments(command, action, &request, argv + optind + 1, argc - optind - 1);
	device = open_device(&status);
	if (!device)
		return status;
	status = action->run(&request, device);
	kpu_close(device);
	return status;
}

const struct command command_flash = {
	.name = "flash",
	.arguments = "info|read|write|erase|kfpkg|firmware|pins|resume ...",
	.summary = "look at the board's flash, write models, packages or the firmware to it",
	.details = "  info                       the chip, and what lies where in it\n"
		   "  read ADDRESS SIZE -o FILE  copy a part of it to a file\n"
		   "  write ADDRESS FILE         a file as it is\n"
		   "  erase ADDRESS SIZE         whole sectors\n"
		   "  kfpkg PACKAGE              all files of a package to their addresses\n"
		   "  firmware [PROGRAM]         what the board starts by itself: this project's\n"
		   "                             firmware, or a program\n"
		   "  pins [PINS|none]           which pins the board's SPI is on\n"
		   "  resume                     finish a write that was interrupted\n"
		   "\n"
		   "Numbers are decimal, hexadecimal (0x300000), or end in K or M.",
	.example = "kpuctl flash write 0x300000 face.kmodel",
	.options = options,
	.least_arguments = 1,
	.most_arguments = 3,
	.run = run,
};
