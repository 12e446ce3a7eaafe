/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/models/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"

static char *read_file(FILE *file)
{
	char *text = malloc(LABELS_FILE_MAX + 1);
	size_t length;

	if (!text)
		return NULL;
	length = fread(text, 1, LABELS_FILE_MAX, file);
	text[length] = 0;
	return text;
}

/* Cuts the text where it lies. */
static bool split(struct labels *labels, const char *separators)
{
	char *rest = labels->text, *name;

	labels->names = calloc(strlen(labels->text) / 2 + 1, sizeof(*labels->names));
	if (!labels->names)
		return false;
	while ((name = strsep(&rest, separators))) {
		if (!*name)
			continue;
		make_printable(name);
		labels->names[labels->count++] = name;
	}
	return labels->count > 0;
}

bool labels_split(struct labels *labels, const char *text)
{
	memset(labels, 0, sizeof(*labels));
	labels->text = strdup(text);
	if (labels->text && split(labels, ","))
		return true;
	labels_free(labels);
	return false;
}

/* A name alone that looks like a path is a file that is missing, not a class. */
static bool means_file(const char *text)
{
	return !strchr(text, ',') && strpbrk(text, "./");
}

bool labels_read(struct labels *labels, const char *text)
{
	FILE *file = fopen(text, "r");
	bool ok;

	memset(labels, 0, sizeof(*labels));
	if (!file && means_file(text))
		return false;
	labels->text = file ? read_file(file) : strdup(text);
	ok = labels->text && split(labels, file ? "\r\n" : ",");
	if (file)
		fclose(file);
	if (!ok)
		labels_free(labels);
	return ok;
}

bool labels_copy(struct labels *labels, const char *const *names, size_t count)
{
	size_t bytes = 1;
	char *out;

	memset(labels, 0, sizeof(*labels));
	for (size_t i = 0; i < count; i++)
		bytes += strlen(names[i]) + 1;
	labels->text = malloc(bytes);
	labels->names = calloc(count + 1, sizeof(*labels->names));
	if (!labels->text || !labels->names) {
		labels_free(labels);
		return false;
	}
	out = labels->text;
	for (size_t i = 0; i < count; i++) {
		labels->names[i] = out;
		out = stpcpy(out, names[i]) + 1;
		make_printable(labels->names[i]);
	}
	labels->count = count;
	return true;
}

void labels_free(struct labels *labels)
{
	free(labels->names);
	free(labels->text);
	memset(labels, 0, sizeof(*labels));
}

const char *labels_name(const struct labels *labels, size_t index, char *buffer, size_t size)
{
	if (index < labels->count)
		return labels->names[index];
	snprintf(buffer, size, "class %zu", index);
	return buffer;
}
