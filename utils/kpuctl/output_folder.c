/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/output_folder.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "utils/kpuctl/output_file.h"

/* A picture that is read, and the one that it becomes. */
struct pair {
	const char *input;
	char *output;
	size_t order;
	dev_t device; /* of the input; 0 and 0 if it is not there */
	ino_t inode;
};

bool output_in_folder(const char *folder, const char *input, char *path, size_t size)
{
	const char *slash = strrchr(input, '/'), *name = slash ? slash + 1 : input;
	const char *dot = strrchr(name, '.');
	int length = dot && dot != name ? (int)(dot - name) : (int)strlen(name);

	return snprintf(path, size, "%s/%.*s.png", folder, length, name) < (int)size;
}

/* Of one name the first that was given comes first. */
static int by_output(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;
	int difference = strcmp(a->output, b->output);

	return difference ? difference : (a->order > b->order) - (a->order < b->order);
}

static int by_input_file(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return (a->inode > b->inode) - (a->inode < b->inode);
}

static struct pair *make_pairs(const struct command *command, const char *folder,
			       char *const *inputs, size_t count)
{
	struct pair *pairs = calloc(count + 1, sizeof(*pairs));
	char path[PATH_MAX];
	struct stat status;

	for (size_t i = 0; pairs && i < count; i++) {
		if (!output_in_folder(folder, inputs[i], path, sizeof(path)))
			usage_error(command, "%s: the name is too long", inputs[i]);
		pairs[i] = (struct pair){ inputs[i], strdup(path), i, 0, 0 };
		if (!pairs[i].output)
			return NULL;
		if (stat(inputs[i], &status) == 0) {
			pairs[i].device = status.st_dev;
			pairs[i].inode = status.st_ino;
		}
	}
	return pairs;
}

static void refuse_equal_names(const struct command *command, struct pair *pairs, size_t count)
{
	qsort(pairs, count, sizeof(*pairs), by_output);
	for (size_t i = 1; i < count; i++) {
		if (!strcmp(pairs[i - 1].output, pairs[i].output))
			usage_error(command, "%s and %s would both become %s", pairs[i - 1].input,
				    pairs[i].input, pairs[i].output);
	}
}

static void refuse_inputs(struct pair *pairs, size_t count)
{
	qsort(pairs, count, sizeof(*pairs), by_input_file);
	for (size_t i = 0; i < count; i++) {
		struct pair wanted = { 0 }, *found = NULL;
		struct stat status;

		if (stat(pairs[i].output, &status) == 0) {
			wanted.device = status.st_dev;
			wanted.inode = status.st_ino;
			found = bsearch(&wanted, pairs, count, sizeof(*pairs), by_input_file);
		}
		if (found && output_is_input(pairs[i].output, &found->input, 1))
			exit(EXIT_USAGE);
	}
}

void output_folder_check(const struct command *command, const char *folder, char *const *inputs,
			 size_t count)
{
	struct pair *pairs = make_pairs(command, folder, inputs, count);

	if (!pairs) {
		complain("no memory for %zu names", count);
		exit(EXIT_FAILED);
	}
	refuse_equal_names(command, pairs, count);
	refuse_inputs(pairs, count);
	for (size_t i = 0; i < count; i++)
		free(pairs[i].output);
	free(pairs);
}
