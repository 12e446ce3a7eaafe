/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "utils/kpuctl/boards/attach_config.h"
#include "utils/kpuctl/command.h"
#include "utils/kpuctl/doctor/doctor.h"
#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/json.h"

enum {
	OPTION_JSON = 256,
	OPTION_CONFIG,
	OPTION_PROBE,
	OPTION_ROOT,
};

static const struct option_entry options[] = {
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ OPTION_PROBE, "probe", NULL,
	  "reset devices that nobody uses, to see whether a K210 answers" },
	{ OPTION_CONFIG, "config", "FILE", "instead of " ATTACH_CONFIG_PATH },
	{ OPTION_ROOT, "root", "FOLDER", NULL },
	{ 0, NULL, NULL, NULL },
};

static const char *const kind_names[] = { "ok", "note", "problem" };

void doctor_say(struct doctor *doctor, enum finding_kind kind, const char *repair,
		const char *format, ...)
{
	struct finding *finding;
	va_list arguments;

	finding = reallocarray(doctor->findings, doctor->count + 1, sizeof(*finding));
	if (!finding) {
		complain("no memory");
		exit(EXIT_FAILED);
	}
	doctor->findings = finding;
	finding += doctor->count++;
	finding->kind = kind;
	snprintf(finding->repair, sizeof(finding->repair), "%s", repair ? repair : "");
	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
	make_printable(finding->text);
	make_printable(finding->repair);
	doctor->problems += kind == FINDING_PROBLEM;
}

static void print_text(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->count; i++) {
		const struct finding *finding = &doctor->findings[i];
		bool loud = finding->kind == FINDING_PROBLEM;

		printf("%s%-8s %s%s\n", loud ? bold() : "", kind_names[finding->kind],
		       finding->text, loud ? plain() : "");
		if (*finding->repair)
			printf("         -> %s\n", finding->repair);
	}
	if (doctor->problems)
		printf("%zu problem%s\n", doctor->problems, doctor->problems == 1 ? "" : "s");
	else
		printf("no problem%s\n", doctor->boards ? "" : ", but no board");
}

static void print_json(const struct doctor *doctor)
{
	struct json_object *out = json_object_new_object();
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < doctor->count; i++) {
		struct json_object *finding = json_object_new_object();

		json_put_text(finding, "kind", kind_names[doctor->findings[i].kind]);
		json_put_text(finding, "text", doctor->findings[i].text);
		json_put_text(finding, "repair", doctor->findings[i].repair);
		json_object_array_add(array, finding);
	}
	json_put_number(out, "problems", doctor->problems);
	json_put_number(out, "boards", doctor->boards);
	json_object_object_add(out, "findings", array);
	json_print(out);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct doctor doctor = { .root = "", .config = ATTACH_CONFIG_PATH };
	bool json = false;
	int option;

	while ((option = next_option(command, argc, argv)) != -1) {
		if (option == OPTION_JSON)
			json = true;
		else if (option == OPTION_PROBE)
			doctor.probe = true;
		else if (option == OPTION_CONFIG)
			doctor.config = optarg;
		else
			doctor.root = optarg;
	}
	check_arguments(command, argc, argv);
	check_module(&doctor);
	check_udev(&doctor);
	check_groups(&doctor);
	check_emulator(&doctor);
	check_boards(&doctor);
	if (json)
		print_json(&doctor);
	else
		print_text(&doctor);
	free(doctor.findings);
	if (doctor.problems)
		return EXIT_FAILED;
	return doctor.boards ? EXIT_OK : EXIT_NO_DEVICE;
}

const struct command command_doctor = {
	.name = "doctor",
	.arguments = "",
	.summary = "find out what keeps a board from working, and how to repair it",
	.example = "kpuctl doctor",
	.options = options,
	.run = run,
};
