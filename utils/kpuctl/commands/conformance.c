/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/conformance/conformance.h"
#include "utils/kpuctl/json.h"

enum {
	OPTION_JSON = 256,
	OPTION_MODELS
};

static const struct option_entry options[] = {
	{ OPTION_MODELS, "models", "A,B,...",
	  "these only; a word matches names that begin with it" },
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 0, NULL, NULL, NULL },
};

static const char verdict_ok[] = "ok", verdict_differs[] = "differs", verdict_refused[] = "refused",
		  verdict_failed[] = "failed";

const char *json_text(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_string(value)
							      : NULL;
}

int64_t json_number(struct json_object *object, const char *key, int64_t fallback)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) ? json_object_get_int64(value)
							      : fallback;
}

struct json_object *json_list(struct json_object *object, const char *key)
{
	static struct json_object *empty;
	struct json_object *value;

	if (json_object_object_get_ex(object, key, &value) &&
	    json_object_is_type(value, json_type_array))
		return value;
	if (!empty)
		empty = json_object_new_array();
	return empty;
}

/* A word picks each name that begins with it: "v3_face" also "v3_face_demo". */
static bool selected(const char *name, const char *models)
{
	if (!models)
		return true;
	for (const char *p = models; *p;) {
		size_t length = strcspn(p, ",");

		if (length && !strncmp(name, p, length))
			return true;
		p += length + (p[length] == ',');
	}
	return false;
}

static void judge(struct conformance_row *row, bool ran)
{
	if (!ran)
		row->verdict = verdict_failed;
	else if (row->layers_exact != row->layers || row->boxes_right != row->boxes ||
		 row->outputs_exact + row->outputs_close != row->outputs || row->cases == 0)
		row->verdict = verdict_differs;
	else
		row->verdict = verdict_ok;
}

static void check_model(const struct conformance *run, struct json_object *entry,
			struct conformance_row *row)
{
	struct json_object *cases = json_list(entry, "cases");
	const char *file = json_text(entry, "file");
	struct kpu_model *model;
	struct kpu_error error;
	char path[4096];
	bool ran = true;

	snprintf(path, sizeof(path), "%s/%s", run->folder, file ? file : "");
	if (kpu_load(run->device, path, NULL, &model) < 0) {
		kpu_last_error(run->device, &error);
		conformance_remark(row, "%.180s", error.message);
		row->verdict = verdict_refused;
		return;
	}
	for (size_t i = 0; i < json_object_array_length(cases) && ran; i++)
		ran = conformance_case(run, model, entry, json_object_array_get_idx(cases, i), row);
	kpu_model_free(model);
	judge(row, ran);
}

static void print_head(void)
{
	printf("%s%-20s %5s %9s %9s %7s %9s  %s%s\n", bold(), "model", "cases", "layers", "outputs",
	       "boxes", "ms/case", "result", plain());
}

static void print_row(const struct conformance_row *row)
{
	char layers[16], outputs[24], boxes[16];

	snprintf(layers, sizeof(layers), "%u/%u", row->layers_exact, row->layers);
	snprintf(outputs, sizeof(outputs), "%u%s/%u", row->outputs_exact + row->outputs_close,
		 row->outputs_close ? "~" : "", row->outputs);
	snprintf(boxes, sizeof(boxes), "%u/%u", row->boxes_right, row->boxes);
	printf("%-20s %5u %9s %9s %7s %9.1f  %s%s%s\n", row->model, row->cases, layers, outputs,
	       boxes, row->cases ? row->milliseconds / row->cases : 0, row->verdict,
	       row->detail[0] ? ": " : "", row->detail);
	fflush(stdout);
}

static struct json_object *row_json(const struct conformance_row *row)
{
	struct json_object *out = json_object_new_object();

	json_put_text(out, "model", row->model);
	json_put_text(out, "result", row->verdict);
	json_put_number(out, "cases", row->cases);
	json_put_number(out, "layers", row->layers);
	json_put_number(out, "layers_exact", row->layers_exact);
	json_put_number(out, "outputs", row->outputs);
	json_put_number(out, "outputs_exact", row->outputs_exact);
	json_put_number(out, "outputs_close", row->outputs_close);
	json_put_number(out, "boxes", row->boxes);
	json_put_number(out, "boxes_right", row->boxes_right);
	json_put_real(out, "milliseconds", row->milliseconds, 3);
	json_put_text(out, "detail", row->detail);
	return out;
}

static int check_all(const struct conformance *run, const char *models, bool json)
{
	struct json_object *list = json_object_new_array();
	unsigned checked = 0, right = 0;

	if (!json)
		print_head();
	for (size_t i = 0; i < json_object_array_length(run->manifest); i++) {
		struct json_object *entry = json_object_array_get_idx(run->manifest, i);
		struct conformance_row row = { .model = json_text(entry, "name") };

		if (!row.model || !selected(row.model, models))
			continue;
		check_model(run, entry, &row);
		checked++;
		right += row.verdict == verdict_ok;
		if (json)
			json_object_array_add(list, row_json(&row));
		else
			print_row(&row);
	}
	if (json)
		json_print(list);
	else
		json_object_put(list);
	if (!json)
		printf("%u of %u models as they should be (~ within tolerance)\n", right, checked);
	return checked && right == checked ? EXIT_OK : EXIT_DIFFERS;
}

/* Before a board is asked: EXIT_OK if there is a model to compare. */
static int check_selection(const struct conformance *run, const char *models)
{
	for (size_t i = 0; i < json_object_array_length(run->manifest); i++) {
		const char *name = json_text(json_object_array_get_idx(run->manifest, i), "name");

		if (name && selected(name, models))
			return EXIT_OK;
	}
	complain("no model of %s/manifest.json has a name that begins with %s", run->folder,
		 models ? models : "anything");
	return models ? EXIT_USAGE : EXIT_BAD_FILE;
}

static struct json_object *read_json(const char *folder, const char *name)
{
	char path[4096];
	struct json_object *list;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	list = json_object_from_file(path);
	if (list && json_object_is_type(list, json_type_array))
		return list;
	json_object_put(list);
	return NULL;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct conformance conformance = { 0 };
	const char *models = NULL;
	bool json = false;
	int status, option;

	while ((option = next_option(command, argc, argv)) != -1) {
		if (option == OPTION_MODELS)
			models = optarg;
		else
			json = true;
	}
	check_arguments(command, argc, argv);
	conformance.folder = argv[optind];
	conformance.manifest = read_json(argv[optind], "manifest.json");
	if (!conformance.manifest) {
		complain("%s/manifest.json is not there or not a list", argv[optind]);
		note("        FOLDER holds manifest.json, kmodel/, input/ and golden/");
		return EXIT_BAD_FILE;
	}
	conformance.boxes = read_json(argv[optind], "boxes.json");
	status = check_selection(&conformance, models);
	if (status == EXIT_OK)
		conformance.device = open_device(&status);
	if (conformance.device) {
		status = check_all(&conformance, models, json);
		kpu_close(conformance.device);
	}
	json_object_put(conformance.manifest);
	json_object_put(conformance.boxes);
	return status;
}

const struct command command_conformance = {
	.name = "conformance",
	.arguments = "FOLDER",
	.summary = "compare a board with a folder of models and golden results",
	.example = "kpuctl -d emu: conformance ../shared/models --models v3_face_maixpy",
	.options = options,
	.least_arguments = 1,
	.most_arguments = 1,
	.run = run,
};
