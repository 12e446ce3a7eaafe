/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/input.h"
#include "utils/kpuctl/json.h"
#include "utils/kpuctl/models/board_model.h"
#include "utils/kpuctl/models/detector.h"
#include "utils/kpuctl/output_file.h"
#include "utils/kpuctl/output_folder.h"
#include "utils/kpuctl/picture/draw.h"
#include "utils/kpuctl/utf8.h"

#define LABEL_BYTES 64

enum {
	OPTION_JSON = 256,
	OPTION_ANCHORS,
	OPTION_LABELS,
	OPTION_NMS,
	OPTION_MOST,
	OPTION_SIDE,
	OPTION_RESIZE
};

static const struct option_entry options[] = {
	{ 'o', "out", "FILE.png|FOLDER",
	  "write the picture with boxes and labels, or each in FOLDER" },
	{ 't', "threshold", "0..1", "least score (default 0.5)" },
	{ OPTION_NMS, "nms", "0..1", "most overlap of boxes of a class (default 0.3)" },
	{ OPTION_ANCHORS, "anchors", "W,H,...", "anchors of the network in grid cells" },
	{ OPTION_LABELS, "labels", "A,B|FILE",
	  "names of the classes, or a file with one in a line" },
	{ OPTION_SIDE, "side", "FILE.json", "what the model does not say (default: beside it)" },
	{ OPTION_MOST, "most", "N", "the N strongest only" },
	{ OPTION_RESIZE, "resize", "RULE", "stretch (default), letterbox or exact" },
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 0, NULL, NULL, NULL },
};

struct request {
	const char *model_path, *picture_path, *out, *side;
	char **pictures;
	int picture_count;
	struct detector detector;
	uint32_t most;
	bool json, out_is_folder;
	enum kpu_resize resize;
};

/* What came out, and how long it took. */
struct outcome {
	struct kpu_detections *detections;
	struct kpu_detection *placed; /* in pixels of the picture */
	size_t count;
	struct kpu_timing timing;
	uint64_t post_ns;
};

static void print_text(const struct request *request, const struct input *input,
		       const struct outcome *outcome)
{
	FILE *words = words_stream(request->out);
	char buffer[24];

	fprintf(words, "%s%-16s %6s %6s %6s %6s %6s%s\n", bold(), "class", "score", "left", "top",
		"width", "height", plain());
	for (size_t i = 0; i < outcome->count; i++) {
		const struct kpu_detection *d = &outcome->placed[i];
		const char *name = labels_name(&request->detector.labels, d->class_index, buffer,
					       sizeof(buffer));

		fprintf(words, "%-*s %6.3f %6d %6d %6d %6d\n", utf8_column(name, 16), name,
			(double)d->score, d->x, d->y, d->width, d->height);
	}
	fprintf(words,
		"%zu object%s in %s; %.1f ms there and back, of these %.1f ms on the board; resize "
		"%.2f ms, decode %.3f ms\n",
		outcome->count, outcome->count == 1 ? "" : "s", request->picture_path,
		(double)outcome->timing.total_ns / 1e6, (double)outcome->timing.board_ns / 1e6,
		(double)input->encode_ns / 1e6, (double)outcome->post_ns / 1e6);
}

static struct json_object *outcome_json(const struct request *request, const struct input *input,
					const struct outcome *outcome)
{
	struct json_object *out = json_object_new_object(), *list = json_object_new_array(), *item;
	char buffer[24];

	json_put_text(out, "picture", request->picture_path);
	json_put_number(out, "width", input->picture.width);
	json_put_number(out, "height", input->picture.height);
	json_put_text(out, "model", request->model_path);
	json_object_object_add(out, "objects", list);
	for (size_t i = 0; i < outcome->count; i++) {
		const struct kpu_detection *d = &outcome->placed[i];

		item = json_object_new_object();
		json_put_text(item, "class",
			      labels_name(&request->detector.labels, d->class_index, buffer,
					  sizeof(buffer)));
		json_put_number(item, "class_index", d->class_index);
		json_put_real(item, "score", (double)d->score, 6);
		json_put_number(item, "x", (uint64_t)d->x);
		json_put_number(item, "y", (uint64_t)d->y);
		json_put_number(item, "width", (uint64_t)d->width);
		json_put_number(item, "height", (uint64_t)d->height);
		json_put_number(item, "box_index", d->box_index);
		json_object_array_add(list, item);
	}
	item = json_object_new_object();
	json_put_real(item, "resize", (double)input->encode_ns / 1e6, 3);
	json_put_real(item, "total", (double)outcome->timing.total_ns / 1e6, 3);
	json_put_real(item, "board", (double)outcome->timing.board_ns / 1e6, 3);
	json_put_real(item, "decode", (double)outcome->post_ns / 1e6, 3);
	json_object_object_add(out, "milliseconds", item);
	return out;
}

static void write_label(const struct request *request, const struct kpu_detection *d,
			char label[LABEL_BYTES])
{
	char buffer[24];

	snprintf(label, LABEL_BYTES, "%s %.2f",
		 labels_name(&request->detector.labels, d->class_index, buffer, sizeof(buffer)),
		 (double)d->score);
}

/* The strongest have the choice of places for their labels, and lie on top. */
static bool annotate(const struct request *request, struct picture *picture,
		     const struct outcome *outcome)
{
	struct area *tags = calloc(outcome->count + 1, sizeof(*tags));
	char label[LABEL_BYTES];

	if (!tags)
		return false;
	for (size_t i = 0; i < outcome->count; i++) {
		write_label(request, &outcome->placed[i], label);
		tags[i] = place_tag(picture, &outcome->placed[i], label, tags, i);
	}
	for (size_t i = outcome->count; i-- > 0;)
		draw_box(picture, &outcome->placed[i]);
	for (size_t i = outcome->count; i-- > 0;) {
		write_label(request, &outcome->placed[i], label);
		draw_tag(picture, &outcome->placed[i], label, &tags[i]);
	}
	free(tags);
	return true;
}

static int write_annotated(const struct request *request, struct input *input,
			   const struct outcome *outcome)
{
	struct kpu_error error;

	if (!annotate(request, &input->picture, outcome)) {
		complain("no memory for %zu labels", outcome->count);
		return EXIT_FAILED;
	}
	if (picture_write_png(request->out, &input->picture, &error) < 0)
		return report_error(&error);
	if (!request->json && strcmp(request->out, "-") != 0)
		printf("annotated picture: %s\n", request->out);
	return EXIT_OK;
}

static int make_yolo2(const struct request *request, const struct kpu_network *network,
		      struct kpu_yolo2 **yolo2)
{
	struct kpu_yolo2_config config = {
		.threshold = (float)request->detector.threshold,
		.nms = (float)request->detector.nms,
		.anchors = request->detector.anchors,
		.anchor_count = request->detector.anchor_count,
		.max_results = request->most,
	};
	struct kpu_tensor_info output;
	struct kpu_error error;

	kpu_network_output(network, 0, &output);
	if (kpu_yolo2_new(&config, yolo2, &error) < 0)
		return report_error(&error);
	if (kpu_yolo2_check(*yolo2, &output, &error) == 0)
		return EXIT_OK;
	kpu_yolo2_free(*yolo2);
	return report_error(&error);
}

static int decode(struct kpu_yolo2 *yolo2, const struct kpu_network *network,
		  const struct detector *detector, const struct kpu_result *result,
		  struct outcome *outcome)
{
	struct kpu_tensor_info net;
	struct kpu_tensor tensor;
	uint64_t start = now_ns();
	int rc;

	kpu_result_timing(result, &outcome->timing);
	kpu_network_input(network, 0, &net);
	if (detector->net_width)
		net.width = detector->net_width;
	if (detector->net_height)
		net.height = detector->net_height;
	rc = kpu_result_tensor(result, 0, &tensor);
	if (rc == 0)
		rc = kpu_yolo2_decode(yolo2, &tensor, net.width, net.height, &outcome->detections);
	outcome->post_ns = now_ns() - start;
	if (rc == 0)
		return EXIT_OK;
	complain("%s", kpu_strerror(rc));
	return EXIT_FAILED;
}

static int detect(struct board_model *model, struct kpu_yolo2 *yolo2,
		  const struct detector *detector, const struct input *input,
		  struct outcome *outcome)
{
	struct kpu_result *result;
	int status = board_model_load(model);

	if (status)
		return status;
	if (kpu_forward_output(model->on_board, input->data, input->size, 0, &result) < 0)
		return report_last_error(model->device);
	status = decode(yolo2, board_model_network(model), detector, result, outcome);
	kpu_result_free(result);
	return status;
}

static int show(const struct request *request, struct input *input, struct outcome *outcome,
		struct json_object *list)
{
	size_t bytes;

	outcome->count = kpu_detections_count(outcome->detections);
	bytes = outcome->count * sizeof(outcome->placed[0]);
	outcome->placed = malloc(bytes + 1);
	if (!outcome->placed) {
		complain("no memory for %zu boxes", outcome->count);
		return EXIT_FAILED;
	}
	if (bytes)
		memcpy(outcome->placed, kpu_detections_items(outcome->detections), bytes);
	for (size_t i = 0; i < outcome->count && input->picture.rgb; i++)
		kpu_detection_place(&outcome->placed[i], &input->placement, input->picture.width,
				    input->picture.height);
	if (request->json)
		json_object_array_add(list, outcome_json(request, input, outcome));
	else
		print_text(request, input, outcome);
	return request->out ? write_annotated(request, input, outcome) : EXIT_OK;
}

static int run_picture(struct board_model *model, struct kpu_yolo2 *yolo2,
		       const struct request *request, struct json_object *list)
{
	struct outcome outcome = { 0 };
	struct input input;
	int status;

	status = input_read(request->picture_path, board_model_network(model), request->resize,
			    &input);
	if (status)
		return status;
	if (request->out && !input.picture.rgb) {
		complain("%s is no picture to draw in", request->picture_path);
		status = EXIT_USAGE;
	}
	if (status == EXIT_OK)
		status = detect(model, yolo2, &request->detector, &input, &outcome);
	if (status == EXIT_OK)
		status = show(request, &input, &outcome, list);
	kpu_detections_free(outcome.detections);
	free(outcome.placed);
	input_free(&input);
	return status;
}

static void print_list(const struct request *request, struct json_object *list)
{
	if (request->json && request->picture_count > 1)
		json_print(list);
	else if (request->json && json_object_array_length(list))
		json_print(json_object_get(json_object_array_get_idx(list, 0)));
	if (!request->json || request->picture_count == 1)
		json_object_put(list);
}

/* A picture that cannot be read does not keep the others from being looked at. */
static int run_model(struct board_model *model, struct kpu_yolo2 *yolo2,
		     const struct request *request)
{
	struct json_object *list = json_object_new_array();
	struct request one = *request;
	int got, status = EXIT_OK;
	bool go_on = true;
	char path[PATH_MAX];

	for (int i = 0; i < request->picture_count && go_on; i++) {
		one.picture_path = request->pictures[i];
		if (request->out_is_folder) {
			output_in_folder(request->out, one.picture_path, path, sizeof(path));
			one.out = path;
		}
		got = run_picture(model, yolo2, &one, list);
		go_on = board_model_goes_on(model, got, &status);
		fflush(stdout);
	}
	print_list(request, list);
	return status;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void read_options(const struct command *command, int argc, char **argv,
			 struct request *request)
{
	int option;

	while ((option = next_option(command, argc, argv)) != -1) {
		if (option == 'o')
			request->out = optarg;
		else if (option == 't')
			request->detector.threshold = option_fraction(command, "threshold", optarg);
		else if (option == OPTION_NMS)
			request->detector.nms = option_fraction(command, "nms", optarg);
		else if (option == OPTION_MOST)
			request->most = (uint32_t)option_number(command, "most", optarg, 1, 65535);
		else if (option == OPTION_SIDE)
			request->side = optarg;
		else if (option == OPTION_RESIZE)
			request->resize = option_resize(command, optarg);
		else if (option == OPTION_JSON)
			request->json = true;
		else if (option == OPTION_ANCHORS &&
			 !detector_read_anchors(&request->detector, optarg))
			usage_error(command,
				    "--anchors are pairs of numbers above 0 and below 1e6");
		else if (option == OPTION_LABELS && !labels_read(&request->detector.labels, optarg))
			usage_error(command, "--labels %s: no such file, or nothing in it", optarg);
	}
	check_arguments(command, argc, argv);
	check_picture_name(command, request->out);
	if (request->json && request->out && !strcmp(request->out, "-"))
		usage_error(command, "--json and -o - would both go to standard output");
	request->model_path = argv[optind];
	request->pictures = argv + optind + 1;
	request->picture_count = argc - optind - 1;
	/* A pattern of the shell may stand for one picture, too. */
	request->out_is_folder = request->out && is_folder(request->out);
	if (request->out && request->picture_count > 1 && !request->out_is_folder)
		usage_error(command, "of several pictures -o is a folder, and %s is none",
			    request->out);
	if (request->out_is_folder)
		output_folder_check(command, request->out, request->pictures,
				    (size_t)request->picture_count);
}

static int complete_detector(struct request *request, const struct kpu_network *network)
{
	struct kpu_error error;
	int rc = detector_complete(&request->detector, request->model_path, request->side, network,
				   &error);

	if (rc == 0)
		return EXIT_OK;
	report_error(&error);
	return rc == -KPU_ERR_PARAM ? EXIT_USAGE : EXIT_BAD_FILE;
}

static int with_model(struct request *request, struct board_model *model)
{
	const struct kpu_network *network = board_model_network(model);
	struct kpu_yolo2 *yolo2;
	int status = complete_detector(request, network);

	if (status == EXIT_OK)
		status = make_yolo2(request, network, &yolo2);
	if (status)
		return status;
	status = run_model(model, yolo2, request);
	kpu_yolo2_free(yolo2);
	return status;
}

/* Whatever can be wrong with model, options and pictures is found before the board is asked. */
static int run(const struct command *command, int argc, char **argv)
{
	static struct request request;
	struct board_model model;
	int status;

	request.detector.threshold = -1;
	request.detector.nms = -1;
	read_options(command, argc, argv, &request);
	if (output_is_input(request.out, (const char **)argv + optind, 2))
		return EXIT_USAGE;
	status = request.out_is_folder ? EXIT_OK : output_check(request.out);
	if (status)
		return status;
	status = board_model_open(&model, request.model_path, request.pictures,
				  request.picture_count);
	if (status == EXIT_OK)
		status = with_model(&request, &model);
	board_model_close(&model);
	detector_free(&request.detector);
	return status;
}

const struct command command_detect = {
	.name = "detect",
	.arguments = "MODEL PICTURE...",
	.summary = "find objects in pictures (YOLO v2)",
	.example = "kpuctl -d emu: detect face.kmodel photo.jpg -o annotated.png",
	.options = options,
	.least_arguments = 2,
	.most_arguments = INT_MAX,
	.run = run,
};
