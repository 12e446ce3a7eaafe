/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/input.h"
#include "utils/kpuctl/one_result.h"
#include "utils/kpuctl/output_file.h"

enum {
	OPTION_RESIZE = 256,
	OPTION_TEXT
};

static const struct option_entry options[] = {
	{ 'l', "layer", "N", "run up to layer N and bring back its feature map" },
	{ 'n', "output", "N", "bring back output N (default 0)" },
	{ 'o', "out", "FILE", "write the bytes to FILE (- = standard output)" },
	{ OPTION_TEXT, "text", NULL, "print every number" },
	{ OPTION_RESIZE, "resize", "RULE", "stretch (default), letterbox or exact" },
	{ 0, NULL, NULL, NULL },
};

struct request {
	long layer, output;
	const char *file;
	bool text;
	enum kpu_resize resize;
};

static void print_value(const struct kpu_tensor *tensor, size_t i)
{
	if (tensor->info.type == KPU_TENSOR_FLOAT32)
		printf("%.9g", (double)((const float *)tensor->data)[i]);
	else
		printf("%u", ((const uint8_t *)tensor->data)[i]);
}

/* One line per row, an empty one behind each channel. */
static void print_text(const struct kpu_tensor *tensor)
{
	const struct kpu_tensor_info *info = &tensor->info;

	for (size_t i = 0; i < info->elements; i++) {
		print_value(tensor, i);
		putchar((i + 1) % info->width ? ' ' : '\n');
		if ((i + 1) % ((size_t)info->width * info->height) == 0 && info->height > 1)
			putchar('\n');
	}
}

static void print_summary(const struct kpu_tensor *tensor)
{
	const struct kpu_tensor_info *info = &tensor->info;

	printf("%s %u: %ux%ux%u %s\n", tensor->target.kind == KPU_TARGET_LAYER ? "layer" : "output",
	       tensor->target.index, info->width, info->height, info->channels,
	       info->type == KPU_TENSOR_FLOAT32 ? "float32" : "uint8");
	printf("first values:");
	for (size_t i = 0; i < info->elements && i < 8; i++) {
		putchar(' ');
		print_value(tensor, i);
	}
	putchar('\n');
}

static int write_file(const char *path, const struct kpu_tensor *tensor)
{
	struct kpu_error error;

	if (output_write(path, tensor->data, tensor->info.bytes, &error) == 0)
		return EXIT_OK;
	return report_error(&error);
}

static int show(const struct kpu_tensor *tensor, const void *context)
{
	const struct request *request = context;
	int status = EXIT_OK;

	if (request->file)
		status = write_file(request->file, tensor);
	if (request->text)
		print_text(tensor);
	else if (!request->file || strcmp(request->file, "-"))
		print_summary(tensor);
	return status;
}

static void read_options(const struct command *command, int argc, char **argv,
			 struct request *request)
{
	int option;

	while ((option = next_option(command, argc, argv)) != -1) {
		if (option == 'l')
			request->layer = option_number(command, "layer", optarg, 0, 65535);
		else if (option == 'n')
			request->output = option_number(command, "output", optarg, 0, 65535);
		else if (option == 'o')
			request->file = optarg;
		else if (option == OPTION_TEXT)
			request->text = true;
		else
			request->resize = option_resize(command, optarg);
	}
	check_arguments(command, argc, argv);
	if (request->layer >= 0 && request->output >= 0)
		usage_error(command, "--layer and --output are two results, of which one comes");
	if (request->text && request->file && !strcmp(request->file, "-"))
		usage_error(command, "--text and -o - would both go to standard output");
}

static int run(const struct command *command, int argc, char **argv)
{
	struct request request = { .layer = -1, .output = -1 };
	struct one_result wanted = { .use = show, .request = &request };

	read_options(command, argc, argv, &request);
	wanted.out = request.file;
	wanted.target.kind = request.layer >= 0 ? KPU_TARGET_LAYER : KPU_TARGET_OUTPUT;
	if (request.layer >= 0)
		wanted.target.index = (uint32_t)request.layer;
	else if (request.output >= 0)
		wanted.target.index = (uint32_t)request.output;
	wanted.resize = request.resize;
	return run_for_one_result(argv + optind, &wanted);
}

const struct command command_forward = {
	.name = "forward",
	.arguments = "MODEL INPUT",
	.summary = "run a model and write an output or a layer's feature map",
	.example = "kpuctl forward face.kmodel photo.jpg --layer 5 -o layer5.bin",
	.options = options,
	.least_arguments = 2,
	.most_arguments = 2,
	.run = run,
};
