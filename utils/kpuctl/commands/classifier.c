/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * classifier: learn classes from folders of pictures, tell pictures apart afterwards. The pictures
 * in FOLDER/CLASS found a class; those in FOLDER itself belong to no class and move the centres.
 */
#include <dirent.h>
#include <errno.h>
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
#include "utils/kpuctl/output_file.h"
#include "utils/kpuctl/utf8.h"

enum {
	OPTION_JSON = 256,
	OPTION_FEATURES,
	OPTION_ITERATIONS,
	OPTION_RESIZE
};

static const struct option_entry options[] = {
	{ 'o', "out", "FILE", "train: the classifier (default classes.kpuc)" },
	{ 'n', "output", "N", "train: output with the features (default 0)" },
	{ OPTION_FEATURES, "features", "N", "train: only its first N numbers" },
	{ OPTION_ITERATIONS, "iterations", "N", "train: at most so many (default 100)" },
	{ OPTION_RESIZE, "resize", "RULE", "stretch (default), letterbox or exact" },
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 0, NULL, NULL, NULL },
};

struct request {
	const char *out;
	struct kpu_classifier_config config;
	uint32_t iterations;
	enum kpu_resize resize;
	int training_option; /* one that was given, or 0 */
	bool json;
};

/* Everything while pictures are shown to a model. */
struct work {
	const struct request *request;
	struct board_model model;
	struct kpu_classifier *classifier;
	uint32_t length;
	float *features;
	double *sums;
	int unlabelled; /* pictures */
};

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Shows a picture to the model. */
static int look(struct work *work, const char *path)
{
	struct input input;
	int rc, status;

	if (output_is_input(work->request->out, &path, 1))
		return EXIT_USAGE;
	status = input_read(path, board_model_network(&work->model), work->request->resize, &input);
	if (status)
		return status;
	rc = kpu_classifier_features(work->classifier, input.data, input.size, work->features);
	input_free(&input);
	return rc < 0 ? report_last_error(work->model.device) : EXIT_OK;
}

/* Calls @visit for each entry of a kind by name; an exit code other than 0 ends it. */
static int walk(struct work *work, const char *folder, mode_t kind,
		int (*visit)(struct work *work, const char *path, const char *name), int *visited)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, visible, alphasort);
	int status = EXIT_OK;

	*visited = 0;
	if (count < 0) {
		complain("cannot read the folder %s: %s", folder, strerror(errno));
		return EXIT_BAD_FILE;
	}
	for (int i = 0; i < count; i++) {
		struct stat about;
		char *path = NULL;

		if (status == EXIT_OK && asprintf(&path, "%s/%s", folder, entries[i]->d_name) > 0 &&
		    stat(path, &about) == 0 && (about.st_mode & S_IFMT) == kind) {
			status = visit(work, path, entries[i]->d_name);
			++*visited;
		}
		free(path);
		free(entries[i]);
	}
	free(entries);
	return status;
}

static int count_only(struct work *work, const char *path, const char *name)
{
	(void)work;
	(void)path;
	(void)name;
	return EXIT_OK;
}

static int check_class(struct work *work, const char *path, const char *name)
{
	int pictures, status = walk(work, path, S_IFREG, count_only, &pictures);

	(void)name;
	if (status || pictures)
		return status;
	complain("%s holds no pictures", path);
	return EXIT_BAD_FILE;
}

static int check_folder(struct work *work, const char *folder)
{
	int classes, status = walk(work, folder, S_IFDIR, check_class, &classes);

	if (status || classes)
		return status;
	complain("%s holds no folder for each class, with pictures in it", folder);
	note("        put pictures into %s/CLASS/", folder);
	return EXIT_BAD_FILE;
}

static int learned(const char *path, int rc)
{
	if (rc >= 0)
		return EXIT_OK;
	complain("%s: the features cannot be used: %s", path, kpu_strerror(rc));
	return EXIT_FAILED;
}

static int visit_picture(struct work *work, const char *path, const char *name)
{
	int status = look(work, path);

	(void)name;
	if (status)
		return status;
	for (uint32_t i = 0; i < work->length; i++)
		work->sums[i] += (double)work->features[i];
	/* Its class counts on it when the centres move. */
	return learned(path, kpu_classifier_add_sample_features(work->classifier, work->features));
}

/* The middle of its pictures is the centre of the class. */
static int visit_class(struct work *work, const char *path, const char *name)
{
	int status, pictures;

	memset(work->sums, 0, work->length * sizeof(*work->sums));
	status = walk(work, path, S_IFREG, visit_picture, &pictures);
	if (status)
		return status;
	/* None, if the folder was emptied after check_class(), give no numbers: refused below. */
	for (uint32_t i = 0; i < work->length; i++)
		work->features[i] = (float)(work->sums[i] / pictures);
	return learned(path, kpu_classifier_add_class_features(work->classifier, work->features,
							       KPU_CLASSIFIER_LAST, name));
}

static int visit_sample(struct work *work, const char *path, const char *name)
{
	int status = look(work, path);

	(void)name;
	if (status)
		return status;
	return learned(path, kpu_classifier_add_sample_features(work->classifier, work->features));
}

static int learn(struct work *work, const char *folder)
{
	struct kpu_classifier_info info;
	int status, classes;

	kpu_classifier_info(work->classifier, &info);
	work->length = info.feature_length;
	work->features = malloc(work->length * sizeof(*work->features));
	work->sums = malloc(work->length * sizeof(*work->sums));
	if (!work->features || !work->sums) {
		complain("no memory for %u features", work->length);
		return EXIT_FAILED;
	}
	status = walk(work, folder, S_IFDIR, visit_class, &classes);
	if (status == EXIT_OK)
		status = walk(work, folder, S_IFREG, visit_sample, &work->unlabelled);
	return status;
}

static void show_training(const struct work *work, const struct kpu_classifier_training *training)
{
	struct json_object *out = json_object_new_object(), *list = json_object_new_array(), *item;
	struct kpu_classifier_class description;

	for (uint32_t i = 0; kpu_classifier_class(work->classifier, i, &description, NULL) == 0;
	     i++) {
		if (!work->request->json && training->iterations)
			printf("%-*s %6u picture%s\n", utf8_column(description.label, 24),
			       description.label, description.samples,
			       description.samples == 1 ? "" : "s");
		else if (!work->request->json)
			printf("%s\n", description.label);
		item = json_object_new_object();
		json_put_text(item, "class", description.label);
		json_put_number(item, "samples", description.samples);
		json_object_array_add(list, item);
	}
	json_put_text(out, "file", work->request->out);
	json_object_object_add(out, "classes", list);
	json_put_number(out, "iterations", training->iterations);
	json_object_object_add(out, "converged", json_object_new_boolean(training->converged));
	json_put_real(out, "distance", training->distance, 6);
	if (work->request->json) {
		json_print(out);
		return;
	}
	if (training->iterations)
		printf("%s after %u iteration%s, sum of distances %.6g\n",
		       training->converged ? "settled" : "stopped", training->iterations,
		       training->iterations == 1 ? "" : "s", training->distance);
	printf("written: %s\n", work->request->out);
	json_object_put(out);
}

/* output_check() has seen that there is a target; without, the library says what is wrong. */
static int save(struct kpu_classifier *classifier, const char *path, struct kpu_error *error)
{
	char *target = output_target(path);
	int rc = kpu_classifier_save(classifier, target ? target : path, error);

	free(target);
	return rc;
}

static int train(struct work *work, int count, char **arguments)
{
	struct kpu_classifier_training training = { .converged = true };
	struct kpu_error error;
	int status, rc = 0;

	(void)count;
	status = board_model_has(&work->model, KPU_TARGET_OUTPUT, work->request->config.output);
	if (status == EXIT_OK)
		status = check_folder(work, arguments[0]);
	if (status == EXIT_OK)
		status = output_check(work->request->out);
	if (status == EXIT_OK)
		status = board_model_load(&work->model);
	if (status)
		return status;
	if (kpu_classifier_new(work->model.on_board, &work->request->config, &work->classifier,
			       &error) < 0)
		return report_error(&error);
	status = learn(work, arguments[0]);
	if (status)
		return status;
	if (work->unlabelled)
		rc = kpu_classifier_train(work->classifier, work->request->iterations, &training);
	if (rc < 0) {
		complain("%s", kpu_strerror(rc));
		return EXIT_FAILED;
	}
	if (save(work->classifier, work->request->out, &error) < 0)
		return report_error(&error);
	show_training(work, &training);
	return EXIT_OK;
}

/* For a model on the board, NULL: none yet, which tells whether the file is in order. */
static int load_classifier(struct work *work, const char *path, struct kpu_model *model)
{
	struct kpu_error error;
	int status;

	kpu_classifier_free(work->classifier);
	if (kpu_classifier_load(model, path, &work->classifier, &error) == 0)
		return EXIT_OK;
	status = report_error(&error);
	return error.code == KPU_ERR_SIZE_NOTMATCH ? EXIT_BAD_FILE : status;
}

static int match_input(struct work *work, const char *classifier, const struct input *input,
		       struct kpu_classifier_match *match)
{
	bool loaded = work->model.on_board;
	int status = board_model_load(&work->model);

	if (status == EXIT_OK && !loaded)
		status = load_classifier(work, classifier, work->model.on_board);
	if (status)
		return status;
	if (kpu_classifier_predict(work->classifier, input->data, input->size, match) < 0)
		return report_last_error(work->model.device);
	return EXIT_OK;
}

static int predict_one(struct work *work, const char *classifier, const char *path,
		       struct json_object *list)
{
	struct kpu_classifier_match match;
	struct json_object *item;
	struct input input;
	int status =
		input_read(path, board_model_network(&work->model), work->request->resize, &input);

	if (status)
		return status;
	status = match_input(work, classifier, &input, &match);
	input_free(&input);
	if (status)
		return status;
	item = json_object_new_object();
	if (!work->request->json)
		printf("%-*s distance %-10.6g next %-10.6g %s\n", utf8_column(match.label, 24),
		       match.label, (double)match.distance, (double)match.next_distance, path);
	json_put_text(item, "picture", path);
	json_put_text(item, "class", match.label);
	json_put_number(item, "class_index", match.class_index);
	json_put_real(item, "distance", (double)match.distance, 6);
	if (match.next_distance < __FLT_MAX__)
		json_put_real(item, "next_distance", (double)match.next_distance, 6);
	json_object_array_add(list, item);
	return EXIT_OK;
}

/* The library would find it, too, but not before the model is on the board. */
static int check_network(const struct work *work, const char *path)
{
	struct kpu_classifier_info classifier;
	struct kpu_network_info network;

	kpu_classifier_info(work->classifier, &classifier);
	kpu_network_info(board_model_network(&work->model), &network);
	if (!classifier.network_crc32 || classifier.network_crc32 == network.crc32)
		return EXIT_OK;
	complain("%s was made with another network", path);
	note("        use the model that it was trained with, or train anew");
	return EXIT_BAD_FILE;
}

static int predict(struct work *work, int count, char **arguments)
{
	int got, status = load_classifier(work, arguments[0], work->model.on_board);
	struct json_object *list;
	bool go_on = true;

	if (status == EXIT_OK)
		status = check_network(work, arguments[0]);
	if (status)
		return status;
	list = json_object_new_array();
	/* A picture that cannot be read does not keep the others from being looked at. */
	for (int i = 1; i < count && go_on; i++) {
		got = predict_one(work, arguments[0], arguments[i], list);
		go_on = board_model_goes_on(&work->model, got, &status) && work->classifier;
	}
	if (work->request->json)
		json_print(list);
	else
		json_object_put(list);
	return status;
}

struct action {
	const char *name;
	int least_arguments, most_arguments; /* behind the name */
	int others;                          /* between the model and what it is to look at */
	int (*run)(struct work *work, int count, char **arguments);
};

static const struct action actions[] = {
	{ "train", 2, 2, 0, train },
	{ "predict", 3, INT_MAX, 1, predict },
};

static int with_model(const struct request *request, const struct action *action, int count,
		      char **arguments)
{
	struct work work = { .request = request };
	int status = board_model_open(&work.model, arguments[0], arguments + 1 + action->others,
				      count - 1 - action->others);

	if (status == EXIT_OK)
		status = action->run(&work, count - 1, arguments + 1);
	free(work.features);
	free(work.sums);
	kpu_classifier_free(work.classifier);
	board_model_close(&work.model);
	return status;
}

static void read_options(const struct command *command, int argc, char **argv,
			 struct request *request)
{
	int option;

	while ((option = next_option(command, argc, argv)) != -1) {
		if (option != OPTION_RESIZE && option != OPTION_JSON)
			request->training_option = option;
		if (option == 'o')
			request->out = optarg;
		else if (option == 'n')
			request->config.output =
				(uint32_t)option_number(command, "output", optarg, 0, 65535);
		else if (option == OPTION_FEATURES)
			request->config.feature_length = (uint32_t)option_number(
				command, "features", optarg, 1, KPU_CLASSIFIER_LENGTH_MAX);
		else if (option == OPTION_ITERATIONS)
			request->iterations =
				(uint32_t)option_number(command, "iterations", optarg, 1, 1000000);
		else if (option == OPTION_RESIZE)
			request->resize = option_resize(command, optarg);
		else
			request->json = true;
	}
	check_arguments(command, argc, argv);
}

static const struct action *find_action(const struct command *command, int count, char **arguments)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!strcmp(actions[i].name, arguments[0]) &&
		    count - 1 >= actions[i].least_arguments &&
		    count - 1 <= actions[i].most_arguments)
			return &actions[i];
	}
	usage_error(command, "needs %s", command->arguments);
}

static void refuse_option(const struct command *command, int letter)
{
	for (size_t i = 0; options[i].name; i++) {
		if (options[i].letter == letter)
			usage_error(command, "--%s means nothing to predict", options[i].name);
	}
}

static int run(const struct command *command, int argc, char **argv)
{
	struct request request = { .out = "classes.kpuc" };
	const struct action *action;

	read_options(command, argc, argv, &request);
	action = find_action(command, argc - optind, argv + optind);
	if (action->run == predict)
		refuse_option(command, request.training_option);
	if (!strcmp(request.out, "-"))
		usage_error(command,
			    "-o names a file, a classifier does not go to standard output");
	if (action->run == train &&
	    output_is_input(request.out, (const char **)argv + optind + 1, 1))
		return EXIT_USAGE;
	return with_model(&request, action, argc - optind - 1, argv + optind + 1);
}

const struct command command_classifier = {
	.name = "classifier",
	.arguments = "train MODEL FOLDER | predict MODEL CLASSIFIER PICTURE...",
	.summary = "learn classes from pictures, and tell other pictures apart",
	.details = "FOLDER/CLASS/PICTURE founds a class; pictures in FOLDER itself find theirs by "
		   "themselves\n(k-means).",
	.example = "kpuctl classifier train mobilenet.kmodel pictures -o tools.kpuc",
	.options = options,
	.least_arguments = 3,
	.most_arguments = INT_MAX,
	.run = run,
};
