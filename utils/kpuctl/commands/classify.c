/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* classify: the strongest classes of a picture. */
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/input.h"
#include "utils/kpuctl/json.h"
#include "utils/kpuctl/models/board_model.h"
#include "utils/kpuctl/models/labels.h"
#include "utils/kpuctl/models/side_file.h"
#include "utils/kpuctl/utf8.h"

enum {
	OPTION_JSON = 256,
	OPTION_LABELS,
	OPTION_RESIZE,
	OPTION_SOFTMAX
};

static const struct option_entry options[] = {
	{ 'k', "top", "N", "so many classes (default 5)" },
	{ 'n', "output", "N", "output with the scores (default 0)" },
	{ OPTION_LABELS, "labels", "A,B|FILE",
	  "names of the classes, or a file with one in a line" },
	{ OPTION_SOFTMAX, "softmax", NULL, "turn the model's logits into probabilities" },
	{ OPTION_RESIZE, "resize", "RULE", "stretch (default), letterbox or exact" },
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 0, NULL, NULL, NULL },
};

struct request {
	struct labels labels;
	char **pictures;
	int picture_count;
	size_t top;
	uint32_t output;
	bool softmax, json;
	enum kpu_resize resize;
};

struct score {
	size_t class_index;
	double value;
};

/* Strongest first; of equal ones the first class. */
static int by_value(const void *left, const void *right)
{
	const struct score *a = left, *b = right;

	if (a->value != b->value)
		return a->value < b->value ? 1 : -1;
	return a->class_index < b->class_index ? -1 : 1;
}

static double value_of(const struct kpu_tensor *tensor, size_t i)
{
	double value;

	if (tensor->info.type != KPU_TENSOR_FLOAT32)
		return ((const uint8_t *)tensor->data)[i];
	value = (double)((const float *)tensor->data)[i];
	return isnan(value) ? -INFINITY : value;
}

/* Of infinite logits, too: those above all share the probability, those below all have none. */
static double softmax_weight(double value, double strongest)
{
	if (value == -INFINITY)
		return 0;
	return value == strongest ? 1 : exp(value - strongest);
}

static void apply_softmax(struct score *scores, size_t count)
{
	double sum = 0, strongest = scores[0].value;

	for (size_t i = 0; i < count; i++)
		sum += scores[i].value = softmax_weight(scores[i].value, strongest);
	for (size_t i = 0; i < count && sum > 0; i++)
		scores[i].value /= sum;
}

static void print_scores(const struct request *request, const struct score *scores, size_t count,
			 struct json_object *list)
{
	struct json_object *item;
	char buffer[32];

	for (size_t i = 0; i < count && i < request->top; i++) {
		const char *name = labels_name(&request->labels, scores[i].class_index, buffer,
					       sizeof(buffer));

		if (!request->json) {
			printf("%2zu. %-*s %9.6f\n", i + 1, utf8_column(name, 24), name,
			       scores[i].value);
			continue;
		}
		item = json_object_new_object();
		json_put_text(item, "class", name);
		json_put_number(item, "class_index", scores[i].class_index);
		json_put_real(item, "score", scores[i].value, 6);
		json_object_array_add(list, item);
	}
}

static int rank(const struct request *request, const struct kpu_tensor *tensor,
		struct json_object *list)
{
	size_t count = tensor->info.elements;
	struct score *scores = calloc(count + 1, sizeof(*scores));

	if (!scores) {
		complain("no memory for %zu scores", count);
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < count; i++)
		scores[i] = (struct score){ i, value_of(tensor, i) };
	qsort(scores, count, sizeof(*scores), by_value);
	if (request->softmax)
		apply_softmax(scores, count);
	print_scores(request, scores, count, list);
	free(scores);
	return EXIT_OK;
}

/* @list takes the strongest classes for JSON. */
static int classify(struct board_model *model, const char *picture, const struct request *request,
		    struct json_object *list)
{
	struct kpu_result *result;
	struct kpu_tensor tensor;
	struct input input;
	int status;

	status = input_read(picture, board_model_network(model), request->resize, &input);
	if (status)
		return status;
	status = board_model_load(model);
	if (status == EXIT_OK && kpu_forward_output(model->on_board, input.data, input.size,
						    request->output, &result) < 0)
		status = report_last_error(model->device);
	input_free(&input);
	if (status)
		return status;
	if (!request->json && request->picture_count > 1)
		printf("%s%s%s\n", bold(), picture, plain());
	kpu_result_tensor(result, 0, &tensor);
	status = rank(request, &tensor, list);
	kpu_result_free(result);
	return status;
}

/* Of one picture its classes, of several a list with their names. */
static void print_json(const struct request *request, struct json_object *all)
{
	struct json_object *classes;

	if (request->picture_count > 1) {
		json_print(all);
		return;
	}
	if (json_object_array_length(all) &&
	    json_object_object_get_ex(json_object_array_get_idx(all, 0), "classes", &classes))
		json_print(json_object_get(classes));
	json_object_put(all);
}

/* A picture that cannot be read does not keep the others from being looked at. */
static int classify_all(struct board_model *model, const struct request *request)
{
	struct json_object *all = json_object_new_array();
	int got, status = EXIT_OK;
	bool go_on = true;

	for (int i = 0; i < request->picture_count && go_on; i++) {
		struct json_object *item = json_object_new_object();
		struct json_object *list = json_object_new_array();

		json_put_text(item, "picture", request->pictures[i]);
		json_object_object_add(item, "classes", list);
		got = classify(model, request->pictures[i], request, list);
		if (got == EXIT_OK)
			json_object_array_add(all, item);
		else
			json_object_put(item);
		go_on = board_model_goes_on(model, got, &status);
		fflush(stdout);
	}
	if (request->json)
		print_json(request, all);
	else
		json_object_put(all);
	return status;
}

static void read_options(const struct command *command, int argc, char **argv,
			 struct request *request)
{
	int option;

	while ((option = next_option(command, argc, argv)) != -1) {
		if (option == 'k')
			request->top = (size_t)option_number(command, "top", optarg, 1, 65536);
		else if (option == 'n')
			request->output =
				(uint32_t)option_number(command, "output", optarg, 0, 65535);
		else if (option == OPTION_SOFTMAX)
			request->softmax = true;
		else if (option == OPTION_RESIZE)
			request->resize = option_resize(command, optarg);
		else if (option == OPTION_JSON)
			request->json = true;
		else if (!labels_read(&request->labels, optarg))
			usage_error(command, "--labels %s: no such file, or nothing in it", optarg);
	}
	check_arguments(command, argc, argv);
	request->pictures = argv + optind + 1;
	request->picture_count = argc - optind - 1;
}

/* Names that the user has not given come from the model's side file. */
static int complete_labels(struct request *request, const char *model_path)
{
	struct side_file side;
	struct kpu_error error;
	int rc;

	if (request->labels.count)
		return EXIT_OK;
	rc = side_file_open(&side, model_path, &error);
	if (rc == 0)
		rc = side_file_labels(&side, "labels", &request->labels, &error);
	side_file_close(&side);
	return rc < 0 ? report_error(&error) : EXIT_OK;
}

static int with_model(const struct request *request, const char *model_path)
{
	struct board_model model;
	int status =
		board_model_open(&model, model_path, request->pictures, request->picture_count);

	if (status == EXIT_OK)
		status = board_model_has(&model, KPU_TARGET_OUTPUT, request->output);
	if (status == EXIT_OK)
		status = classify_all(&model, request);
	board_model_close(&model);
	return status;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct request request = { .top = 5 };
	int status;

	read_options(command, argc, argv, &request);
	status = complete_labels(&request, argv[optind]);
	if (status == EXIT_OK)
		status = with_model(&request, argv[optind]);
	labels_free(&request.labels);
	return status;
}

const struct command command_classify = {
	.name = "classify",
	.arguments = "MODEL PICTURE...",
	.summary = "say what pictures show: the strongest classes",
	.example = "kpuctl -d emu: classify mnist.kmodel digit.png -k 3",
	.options = options,
	.least_arguments = 2,
	.most_arguments = INT_MAX,
	.run = run,
};
