/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/models/model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/flash/model.h"
#include "utils/kpuctl/input_file.h"

/* The part behind # when there is no file of that name as a whole. */
static const char *split_choice(const char *path, char *name, size_t size)
{
	const char *mark = strrchr(path, '#');

	snprintf(name, size, "%s", path);
	if (!mark || access(path, F_OK) == 0 || (size_t)(mark - path) >= size)
		return NULL;
	name[mark - path] = 0;
	return mark + 1;
}

static bool is_package(const char *path)
{
	uint8_t head[4] = { 0 };
	FILE *file = input_file_open_at_once(path);
	size_t length = 0;

	if (file) {
		length = fread(head, 1, sizeof(head), file);
		fclose(file);
	}
	return kmodel_identify(head, length) == KMODEL_KIND_KFPKG;
}

static int open_member(const char *path, const char *choice, struct model_file *file,
		       struct kpu_error *error)
{
	const struct package_member *member;
	uint8_t *data;
	int rc;

	rc = package_find_model(file->package, choice, &file->member, error);
	if (rc == 0)
		rc = package_read(file->package, file->member, &data, error);
	if (rc < 0)
		return rc;
	member = package_member(file->package, file->member);
	rc = kpu_network_parse(data, member->size, &file->network, error);
	free(data);
	if (rc < 0) {
		struct kpu_error inner = *error;

		return fail(error, -rc, "%s#%s: %s", path, member->name, inner.message);
	}
	note("note: %s: took %s, which belongs at %#x of the flash", path, member->name,
	     member->address);
	return 0;
}

static int open_package(const char *path, const char *choice, struct model_file *file,
			struct kpu_error *error)
{
	struct kpu_error inner;
	size_t size = 0;
	int rc = input_file_read(path, PACKAGE_BYTES_MAX, &file->package_data, &size, error);

	if (rc < 0)
		return rc;
	rc = package_open(file->package_data, size, &file->package, &inner);
	if (rc < 0)
		return fail(error, -rc, "%s: %s", path, inner.message);
	return open_member(path, choice, file, error);
}

static void note_reversed(const char *path, const struct kpu_network *network)
{
	struct kpu_network_info info;

	kpu_network_info(network, &info);
	if (info.word_reversed)
		note("note: %s: the words of the model were reversed (a file for load_flash) and "
		     "have been put right",
		     path);
}

int model_file_open(const char *path, struct model_file *file, struct kpu_error *error)
{
	char name[4096];
	const char *choice = split_choice(path, name, sizeof(name));
	int rc;

	memset(file, 0, sizeof(*file));
	if (model_is_in_flash(path))
		return fail(error, KPU_ERR_READ_FILE,
			    "%s lies in a board's flash, this needs a file: save it with `kpuctl "
			    "flash read`",
			    path);
	if (is_package(name))
		rc = open_package(name, choice, file, error);
	else
		rc = kpu_network_open(path, &file->network, error);
	if (rc < 0)
		model_file_close(file);
	else
		note_reversed(path, file->network);
	return rc;
}

void model_file_close(struct model_file *file)
{
	kpu_network_free(file->network);
	package_close(file->package);
	free(file->package_data);
	memset(file, 0, sizeof(*file));
}

int open_network(const char *path, struct kpu_network **network, struct kpu_error *error)
{
	struct model_file file;
	int rc = model_file_open(path, &file, error);

	*network = rc < 0 ? NULL : file.network;
	file.network = NULL;
	if (rc == 0)
		model_file_close(&file);
	return rc;
}
