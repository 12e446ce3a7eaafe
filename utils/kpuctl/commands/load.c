/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* load: loads models beside each other, says what each took, frees them again. */
#include <getopt.h>
#include <stdio.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/flash/model.h"
#include "utils/kpuctl/input.h"
#include "utils/kpuctl/json.h"
#include "utils/kpuctl/models/model_file.h"
#include "utils/kpuctl/progress.h"

#define MODELS_MAX 64

struct request {
	char **paths;
	int count;
	bool json;
	struct kpu_network *networks[MODELS_MAX]; /* NULL: it lies in the flash */
};

struct loaded {
	const char *path;
	struct kpu_network_info info;
	uint64_t took_ns;
	struct kpu_memory after;
};

static struct kpu_model *load(struct kpu_device *device, const struct request *request, int i,
			      struct loaded *loaded, int *status)
{
	uint64_t start = now_ns();
	struct kpu_model *model = request->networks[i]
					  ? load_network(device, request->networks[i], status)
					  : load_flash_model(device, request->paths[i], status);

	if (!model)
		return NULL;
	loaded->took_ns = now_ns() - start;
	loaded->path = request->paths[i];
	kpu_network_info(kpu_model_network(model), &loaded->info);
	if (kpu_memory(device, &loaded->after) < 0)
		*status = report_last_error(device);
	return model;
}

static void print_text(const struct loaded *loaded)
{
	printf("%s%s%s: kmodel V%u, %zu bytes in %.1f ms; takes %zu, leaves %u free, %u in one "
	       "piece\n",
	       bold(), loaded->path, plain(), loaded->info.version, loaded->info.file_size,
	       (double)loaded->took_ns / 1e6, loaded->info.board_bytes, loaded->after.free,
	       loaded->after.largest_free);
}

static struct json_object *loaded_json(const struct loaded *loaded)
{
	struct json_object *out = json_object_new_object();

	json_put_text(out, "file", loaded->path);
	json_put_number(out, "version", loaded->info.version);
	json_put_number(out, "file_bytes", loaded->info.file_size);
	json_put_number(out, "board_bytes", loaded->info.board_bytes);
	json_put_real(out, "milliseconds", (double)loaded->took_ns / 1e6, 3);
	json_put_number(out, "free", loaded->after.free);
	json_put_number(out, "largest_free", loaded->after.largest_free);
	return out;
}

static int load_all(struct kpu_device *device, const struct request *request)
{
	struct kpu_model *models[MODELS_MAX] = { NULL };
	struct json_object *list = json_object_new_array();
	int status = EXIT_OK;

	for (int i = 0; i < request->count && status == EXIT_OK; i++) {
		struct loaded loaded = { 0 };

		models[i] = load(device, request, i, &loaded, &status);
		if (status == EXIT_OK && request->json)
			json_object_array_add(list, loaded_json(&loaded));
		else if (status == EXIT_OK)
			print_text(&loaded);
	}
	for (int i = 0; i < request->count; i++)
		kpu_model_free(models[i]);
	if (request->json)
		json_print(list);
	else
		json_object_put(list);
	return status;
}

static int with_device(const struct request *request)
{
	struct kpu_device *device;
	int status;

	device = open_device(&status);
	if (!device)
		return status;
	status = load_all(device, request);
	kpu_close(device);
	return status;
}

/* A file that is none is found before the first one is sent. */
static int run(const struct command *command, int argc, char **argv)
{
	struct request request = { 0 };
	struct kpu_error error;
	int status = EXIT_OK;

	while (next_option(command, argc, argv) != -1)
		request.json = true;
	check_arguments(command, argc, argv);
	request.paths = argv + optind;
	request.count = argc - optind;
	for (int i = 0; i < request.count && status == EXIT_OK; i++) {
		if (!model_is_in_flash(request.paths[i]) &&
		    open_network(request.paths[i], &request.networks[i], &error) < 0)
			status = report_error(&error);
	}
	if (status == EXIT_OK)
		status = with_device(&request);
	for (int i = 0; i < request.count; i++)
		kpu_network_free(request.networks[i]);
	return status;
}

const struct command command_load = {
	.name = "load",
	.arguments = "MODEL...",
	.summary = "load models beside each other, say what they take, free them again",
	.example = "kpuctl load face.kmodel package.kfpkg",
	.options = json_option,
	.least_arguments = 1,
	.most_arguments = MODELS_MAX,
	.run = run,
};
