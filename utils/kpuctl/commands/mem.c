/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* mem: what the board has, and whether models would fit. Nothing is loaded. */
#include <stdio.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/json.h"
#include "utils/kpuctl/models/model_file.h"

static struct json_object *memory_json(const struct kpu_memory *memory)
{
	struct json_object *out = json_object_new_object();

	json_put_number(out, "total", memory->total);
	json_put_number(out, "free", memory->free);
	json_put_number(out, "largest_free", memory->largest_free);
	json_put_number(out, "models", memory->models);
	return out;
}

static struct json_object *plan_json(const char *path, const struct kpu_memory_plan *plan)
{
	struct json_object *out = json_object_new_object();

	json_put_text(out, "file", path);
	json_object_object_add(out, "fits", json_object_new_boolean(plan->fits));
	json_put_number(out, "needs", plan->needs);
	json_put_number(out, "file_bytes", plan->file_bytes);
	json_put_number(out, "work_bytes", plan->work_bytes);
	json_put_number(out, "largest_layer", plan->largest_layer);
	json_put_number(out, "largest_layer_bytes", plan->largest_layer_bytes);
	return out;
}

/* Plan of one model; @list is NULL for text. Returns an exit code. */
static int show_plan(struct kpu_device *device, const char *path, struct json_object *list)
{
	struct kpu_memory_plan plan;
	struct kpu_network *network;
	struct kpu_error error;
	int rc;

	if (open_network(path, &network, &error) < 0)
		return report_error(&error);
	rc = kpu_memory_plan(device, network, &plan);
	kpu_network_free(network);
	if (rc < 0)
		return report_last_error(device);
	if (list)
		json_object_array_add(list, plan_json(path, &plan));
	else
		printf("%s%s%s: %s: %s\n", bold(), path, plain(),
		       plan.fits ? "fits" : "does not fit", plan.text);
	return plan.fits ? EXIT_OK : EXIT_FAILED;
}

static int show(struct kpu_device *device, int count, char **paths, bool json)
{
	struct json_object *out, *list = NULL;
	struct kpu_memory memory;
	int status = EXIT_OK;

	if (kpu_memory(device, &memory) < 0)
		return report_last_error(device);
	out = memory_json(&memory);
	if (json)
		json_object_object_add(out, "plans", list = json_object_new_array());
	else
		printf("%u bytes for models, %u free, %u in one piece; %u models loaded\n",
		       memory.total, memory.free, memory.largest_free, memory.models);
	for (int i = 0; i < count; i++) {
		int one = show_plan(device, paths[i], list);

		status = one ? one : status;
	}
	if (json)
		json_print(out);
	else
		json_object_put(out);
	return status;
}

static int run(const struct command *command, int argc, char **argv)
{
	return run_with_device(command, argc, argv, show);
}

const struct command command_mem = {
	.name = "mem",
	.arguments = "[MODEL...]",
	.summary = "show the board's memory, and whether models would fit",
	.example = "kpuctl mem face.kmodel yolo.kmodel",
	.options = json_option,
	.least_arguments = 0,
	.most_arguments = 64,
	.run = run,
};
