/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <getopt.h>
#include <stdio.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/input.h"
#include "utils/kpuctl/one_result.h"

enum {
	OPTION_RESIZE = 256,
	OPTION_COLUMNS,
	OPTION_GAP
};

static const struct option_entry options[] = {
	{ 'l', "layer", "N", "layer whose feature map is wanted (default 0)" },
	{ 'c', "channel", "N", "one channel only (default: all, side by side)" },
	{ 'o', "out", "FILE.png", "picture to write (default fmap.png)" },
	{ OPTION_COLUMNS, "columns", "N", "channels in a row (default: about a square)" },
	{ OPTION_GAP, "gap", "N", "black pixels between channels (default 1)" },
	{ OPTION_RESIZE, "resize", "RULE", "stretch (default), letterbox or exact" },
	{ 0, NULL, NULL, NULL },
};

struct request {
	long layer, channel, columns, gap;
	const char *file;
	enum kpu_resize resize;
};

static int draw(const struct kpu_tensor *tensor, const void *context)
{
	const struct request *request = context;
	struct kpu_error error;
	struct kpu_gray gray;
	int rc;

	if (request->channel >= 0)
		rc = kpu_fmap(tensor, (uint32_t)request->channel, &gray);
	else
		rc = kpu_fmap_mosaic(tensor, (uint32_t)request->columns, (uint32_t)request->gap,
				     &gray);
	if (rc < 0) {
		complain("the map has %u channels of %ux%u: %s", tensor->info.channels,
			 tensor->info.width, tensor->info.height, kpu_strerror(rc));
		return rc == -KPU_ERR_IDX_OUTRANGE ? EXIT_USAGE : EXIT_FAILED;
	}
	rc = picture_write_gray_png(request->file, &gray, &error);
	if (rc == 0)
		fprintf(words_stream(request->file), "layer %ld, %u channels of %ux%u: %s, %ux%u\n",
			request->layer, tensor->info.channels, tensor->info.width,
			tensor->info.height, request->file, gray.width, gray.height);
	kpu_gray_free(&gray);
	return rc == 0 ? EXIT_OK : report_error(&error);
}

static void read_options(const struct command *command, int argc, char **argv,
			 struct request *request)
{
	int option;

	while ((option = next_option(command, argc, argv)) != -1) {
		if (option == 'l')
			request->layer = option_number(command, "layer", optarg, 0, 65535);
		else if (option == 'c')
			request->channel = option_number(command, "channel", optarg, 0, 65535);
		else if (option == 'o')
			request->file = optarg;
		else if (option == OPTION_COLUMNS)
			request->columns = option_number(command, "columns", optarg, 1, 1024);
		else if (option == OPTION_GAP)
			request->gap = option_number(command, "gap", optarg, 0, 64);
		else
			request->resize = option_resize(command, optarg);
	}
	check_arguments(command, argc, argv);
	check_picture_name(command, request->file);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct request request = { .channel = -1, .gap = 1, .file = "fmap.png" };
	struct one_result wanted = { .use = draw, .request = &request };

	read_options(command, argc, argv, &request);
	wanted.out = request.file;
	wanted.target = (struct kpu_target){ KPU_TARGET_LAYER, (uint32_t)request.layer };
	wanted.resize = request.resize;
	return run_for_one_result(argv + optind, &wanted);
}

const struct command command_fmap = {
	.name = "fmap",
	.arguments = "MODEL INPUT",
	.summary = "draw a layer's feature map, all channels in one picture",
	.example = "kpuctl fmap face.kmodel photo.jpg --layer 3 -o fmap.png",
	.options = options,
	.least_arguments = 2,
	.most_arguments = 2,
	.run = run,
};
