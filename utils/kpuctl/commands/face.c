/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* face: who is it, by feature vectors in a gallery. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/models/features.h"
#include "utils/kpuctl/models/gallery.h"
#include "utils/kpuctl/json.h"
#include "utils/kpuctl/utf8.h"

/* Of MaixPy's demo: a cosine of 0.7. */
#define DEFAULT_THRESHOLD 85
#define ARGUMENTS_MAX     64

enum {
	OPTION_JSON = 256,
	OPTION_CROP,
	OPTION_RESIZE
};

static const struct option_entry options[] = {
	{ 'g', "gallery", "FILE", "the gallery (default faces.kpuf)" },
	{ 't', "threshold", "0..100", "compare: likeness of a known face (default 85)" },
	{ OPTION_CROP, "crop", "X,Y,W,H", "part of the picture with the face" },
	{ OPTION_RESIZE, "resize", "RULE", "stretch (default), letterbox or exact" },
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 0, NULL, NULL, NULL },
};

struct request {
	const char *gallery_path;
	struct gallery gallery;
	uint32_t read_count; /* faces of it that the file had */
	struct crop crop;
	enum kpu_resize resize;
	long threshold;
	bool cropped, json;
};

struct action {
	const char *name;
	int least_arguments, most_arguments; /* behind the name */
	bool needs_gallery;                  /* that exists */
	int (*run)(struct request *request, int count, char **arguments);
};

static int read_picture(const struct request *request, const struct board_model *model,
			const char *picture, struct input *input)
{
	int status = input_read_part(picture, board_model_network(model), request->resize,
				     request->cropped ? &request->crop : NULL, input);

	/* What the model is fed with is enough. */
	if (status == EXIT_OK)
		picture_free(&input->picture);
	return status;
}

/* Vectors of another network say nothing. */
static int check_network(struct request *request, const struct board_model *model)
{
	struct kpu_network_info info;

	kpu_network_info(board_model_network(model), &info);
	if (!request->gallery.count)
		request->gallery.network_crc32 = info.crc32;
	if (request->gallery.network_crc32 == info.crc32)
		return EXIT_OK;
	complain("%s was made with another network", request->gallery_path);
	note("        use the model that it was made with, or another gallery (-g)");
	return EXIT_BAD_FILE;
}

/* Adds to @current the faces of the request's gallery that it did not read from the file. */
static int merge(const struct request *request, struct gallery *current, struct kpu_error *error)
{
	const struct gallery *own = &request->gallery;
	int rc = 0;

	if (!current->count)
		current->network_crc32 = own->network_crc32;
	if (current->network_crc32 != own->network_crc32)
		return fail(error, KPU_ERR_KMODEL_FORMAT,
			    "%s is one of another network by now: nothing was added",
			    request->gallery_path);
	for (uint32_t i = request->read_count; rc == 0 && i < own->count; i++)
		rc = gallery_add(current, own->names[i], gallery_vector(own, i), own->length,
				 error);
	return rc;
}

/* The file as it is by now, with what was enrolled, or without @removed: that may be NULL. */
static int save(struct request *request, const char *removed)
{
	struct gallery current = { 0 };
	struct kpu_error error;
	int held = gallery_hold(request->gallery_path, &error), rc = held < 0 ? held : 0;
	bool found = true;

	if (rc == 0 && access(request->gallery_path, F_OK) == 0)
		rc = gallery_read(request->gallery_path, &current, &error);
	if (rc == 0 && removed)
		found = gallery_remove(&current, removed) > 0;
	else if (rc == 0)
		rc = merge(request, &current, &error);
	if (rc == 0 && found)
		rc = gallery_write(request->gallery_path, &current, &error);
	gallery_release(held);
	gallery_free(&request->gallery);
	request->gallery = current;
	if (rc < 0)
		return report_error(&error);
	if (found)
		return EXIT_OK;
	complain("%s: there is no %s in it", request->gallery_path, removed);
	return EXIT_FAILED;
}

static int enroll_input(struct request *request, struct board_model *model, const char *name,
			const char *picture, const struct input *input)
{
	struct kpu_error error;
	uint32_t length;
	int8_t *vector;
	int status = picture_face(model, picture, input, &vector, &length);

	if (status)
		return status;
	if (gallery_add(&request->gallery, name, vector, length, &error) < 0)
		status = report_error(&error);
	free(vector);
	return status;
}

/* All of them or none: each is read before the first one is looked at. */
static int enroll_pictures(struct request *request, struct board_model *model, int count,
			   char **arguments)
{
	struct input inputs[ARGUMENTS_MAX];
	int status = check_network(request, model), ready = 1;

	while (ready < count && status == EXIT_OK) {
		status = read_picture(request, model, arguments[ready], &inputs[ready]);
		if (status == EXIT_OK)
			ready++;
	}
	for (int i = 1; i < count && status == EXIT_OK; i++)
		status = enroll_input(request, model, arguments[0], arguments[i], &inputs[i]);
	while (ready-- > 1)
		input_free(&inputs[ready]);
	if (status == EXIT_OK)
		status = save(request, NULL);
	if (status == EXIT_OK && !request->json)
		printf("%s: %d picture%s added, %u in all\n", arguments[0], count - 1,
		       count == 2 ? "" : "s", request->gallery.count);
	return status;
}

/* Best likeness of any of a name's vectors; the name counts once, at its first entry. */
static bool name_score(const struct gallery *gallery, uint32_t index, const int8_t *vector,
		       float *best)
{
	*best = 0;
	for (uint32_t i = 0; i < gallery->count; i++) {
		float score;

		if (strcmp(gallery->names[i], gallery->names[index]) != 0)
			continue;
		if (i < index)
			return false;
		if (kpu_face_compare(gallery_vector(gallery, i), vector, gallery->length, &score) ==
			    0 &&
		    score > *best)
			*best = score;
	}
	return true;
}

static int show_scores(const struct request *request, const int8_t *vector)
{
	struct json_object *out = json_object_new_object(), *list = json_object_new_array(), *item;
	const struct gallery *gallery = &request->gallery;
	const char *name = NULL;
	float best = -1, score;
	bool known;

	for (uint32_t i = 0; i < gallery->count; i++) {
		if (!name_score(gallery, i, vector, &score))
			continue;
		if (score > best) {
			best = score;
			name = gallery->names[i];
		}
		item = json_object_new_object();
		json_put_text(item, "name", gallery->names[i]);
		json_put_real(item, "score", (double)score, 3);
		json_object_array_add(list, item);
		if (!request->json)
			printf("%-*s %7.3f\n", utf8_column(gallery->names[i], 24),
			       gallery->names[i], (double)score);
	}
	known = name && best >= (float)request->threshold;
	json_object_object_add(out, "scores", list);
	json_object_object_add(out, "known", json_object_new_boolean(known));
	if (known)
		json_put_text(out, "name", name);
	if (request->json)
		json_print(out);
	else
		printf("%s%s%s\n", bold(), known ? name : "nobody known", plain());
	if (!request->json)
		json_object_put(out);
	return known ? EXIT_OK : EXIT_DIFFERS;
}

static int compare_picture(struct request *request, struct board_model *model, int count,
			   char **arguments)
{
	int status = check_network(request, model);
	struct input input;
	uint32_t length;
	int8_t *vector;

	(void)count;
	if (status == EXIT_OK)
		status = read_picture(request, model, arguments[0], &input);
	if (status)
		return status;
	status = picture_face(model, arguments[0], &input, &vector, &length);
	input_free(&input);
	if (status)
		return status;
	if (request->gallery.count && length != request->gallery.length) {
		complain("%s holds vectors of %u features, the model gives %u",
			 request->gallery_path, request->gallery.length, length);
		status = EXIT_BAD_FILE;
	} else {
		status = show_scores(request, vector);
	}
	free(vector);
	return status;
}

/* Behind the model come @other arguments and then the pictures. */
static int with_model(struct request *request, int count, char **arguments, int other,
		      int (*work)(struct request *request, struct board_model *model, int count,
				  char **arguments))
{
	struct board_model model;
	int status =
		board_model_open(&model, arguments[0], arguments + 1 + other, count - 1 - other);

	if (status == EXIT_OK)
		status = work(request, &model, count - 1, arguments + 1);
	board_model_close(&model);
	return status;
}

static int enroll(struct request *request, int count, char **arguments)
{
	const char *name = arguments[1];

	if (!*name) {
		complain("the face needs a name");
		return EXIT_USAGE;
	}
	/* Cut or changed, it would be that of somebody else. */
	if (!gallery_name_fits(name)) {
		complain("a name has at most %u bytes and no control characters",
			 GALLERY_NAME_BYTES - 1);
		return EXIT_USAGE;
	}
	return with_model(request, count, arguments, 1, enroll_pictures);
}

static int compare(struct request *request, int count, char **arguments)
{
	return with_model(request, count, arguments, 0, compare_picture);
}

/* Entries with the name of entry @index; 0 when an earlier one has counted them. */
static uint32_t name_count(const struct gallery *gallery, uint32_t index)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < gallery->count; i++) {
		if (strcmp(gallery->names[i], gallery->names[index]) != 0)
			continue;
		if (i < index)
			return 0;
		count++;
	}
	return count;
}

static int list(struct request *request, int count, char **arguments)
{
	struct json_object *names = json_object_new_array(), *item;

	(void)count;
	(void)arguments;
	for (uint32_t i = 0; i < request->gallery.count; i++) {
		uint32_t pictures = name_count(&request->gallery, i);

		if (!pictures)
			continue;
		item = json_object_new_object();
		json_put_text(item, "name", request->gallery.names[i]);
		json_put_number(item, "pictures", pictures);
		json_object_array_add(names, item);
		if (!request->json)
			printf("%-*s %3u picture%s\n", utf8_column(request->gallery.names[i], 24),
			       request->gallery.names[i], pictures, pictures == 1 ? "" : "s");
	}
	if (request->json)
		json_print(names);
	else
		json_object_put(names);
	return EXIT_OK;
}

static int forget(struct request *request, int count, char **arguments)
{
	(void)count;
	return save(request, arguments[0]);
}

static const struct action actions[] = {
	{ "enroll", 3, ARGUMENTS_MAX, false, enroll },
	{ "compare", 2, 2, true, compare },
	{ "list", 0, 0, true, list },
	{ "remove", 1, 1, true, forget },
};

static const struct action *find_action(const struct command *command, int count, char **arguments)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		const struct action *action = &actions[i];

		if (strcmp(action->name, arguments[0]) != 0)
			continue;
		if (count - 1 < action->least_arguments || count - 1 > action->most_arguments)
			usage_error(command, "%s: wrong number of arguments", action->name);
		return action;
	}
	usage_error(command, "there is no \"%s\"", arguments[0]);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct request request = { .gallery_path = "faces.kpuf", .threshold = DEFAULT_THRESHOLD };
	const struct action *action;
	struct kpu_error error;
	int option, status;

	while ((option = next_option(command, argc, argv)) != -1) {
		if (option == 'g') {
			request.gallery_path = optarg;
		} else if (option == 't') {
			request.threshold = option_number(command, "threshold", optarg, 0, 100);
		} else if (option == OPTION_CROP) {
			request.crop = option_crop(command, optarg);
			request.cropped = true;
		} else if (option == OPTION_RESIZE) {
			request.resize = option_resize(command, optarg);
		} else {
			request.json = true;
		}
	}
	check_arguments(command, argc, argv);
	action = find_action(command, argc - optind, argv + optind);
	if ((action->needs_gallery || access(request.gallery_path, F_OK) == 0) &&
	    gallery_read(request.gallery_path, &request.gallery, &error) < 0)
		return report_error(&error);
	request.read_count = request.gallery.count;
	status = action->run(&request, argc - optind - 1, argv + optind + 1);
	gallery_free(&request.gallery);
	return status;
}

const struct command command_face = {
	.name = "face",
	.arguments = "enroll MODEL NAME PICTURE... | compare MODEL PICTURE | list | remove NAME",
	.summary = "know faces again by a model that gives features",
	.example = "kpuctl face -g faces.kpuf --crop 116,19,136,145 enroll feature.kmodel Ada "
		   "ada.jpg",
	.options = options,
	.least_arguments = 1,
	.most_arguments = 66,
	.run = run,
};
