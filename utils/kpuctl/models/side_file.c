/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/models/side_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "utils/kpuctl/failure.h"

static int fault(struct kpu_error *error, const struct side_file *side, const char *what)
{
	int rc = fail(error, KPU_ERR_READ_FILE, "%s: %s", side->path, what);

	snprintf(error->next_step, sizeof(error->next_step),
		 "correct the file, or move it away and give options instead");
	return rc;
}

static int key_fault(struct kpu_error *error, const struct side_file *side, const char *key,
		     const char *what)
{
	char text[160];

	snprintf(text, sizeof(text), "\"%s\" %s", key, what);
	return fault(error, side, text);
}

static int parse(struct side_file *side, const char *text, size_t length, struct kpu_error *error)
{
	struct json_tokener *tokener = json_tokener_new();
	enum json_tokener_error problem;
	char what[128];

	if (!tokener)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory to read %s", side->path);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	side->object = json_tokener_parse_ex(tokener, text, (int)length + 1);
	problem = json_tokener_get_error(tokener);
	snprintf(what, sizeof(what), "no JSON from byte %zu on: %s",
		 json_tokener_get_parse_end(tokener), json_tokener_error_desc(problem));
	json_tokener_free(tokener);
	if (problem == json_tokener_success && json_object_is_type(side->object, json_type_object))
		return 0;
	side_file_close(side);
	return fault(error, side, problem == json_tokener_success ? "is no JSON object" : what);
}

/* One read(2) brings all of a regular file that is so small. */
static int read_open(struct side_file *side, int fd, struct kpu_error *error)
{
	char *text = malloc(SIDE_FILE_BYTES_MAX + 2);
	struct stat status;
	ssize_t length;
	int rc;

	if (!text)
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory to read %s", side->path);
	length = read(fd, text, SIDE_FILE_BYTES_MAX + 1);
	if (fstat(fd, &status) == 0 && !S_ISREG(status.st_mode)) {
		rc = fault(error, side, "is no regular file");
	} else if (length < 0) {
		rc = fault(error, side, strerror(errno));
	} else if (length > SIDE_FILE_BYTES_MAX) {
		rc = fault(error, side, "is larger than 64 KiB");
	} else {
		text[length] = 0;
		rc = parse(side, text, (size_t)length, error);
	}
	free(text);
	return rc;
}

int side_file_open(struct side_file *side, const char *model_path, struct kpu_error *error)
{
	static const char *const endings[] = { ".json", ".yolo2" };
	const char *dot = strrchr(model_path, '.'), *slash = strrchr(model_path, '/');
	size_t whole = strlen(model_path);
	size_t stem = dot && (!slash || dot > slash) ? (size_t)(dot - model_path) : whole;

	memset(side, 0, sizeof(*side));
	for (size_t i = 0; i < 4; i++) {
		int fd, rc;

		snprintf(side->path, sizeof(side->path), "%.*s%s", (int)(i < 2 ? stem : whole),
			 model_path, endings[i % 2]);
		/* Not the model itself. */
		if (!strcmp(side->path, model_path))
			continue;
		/* A pipe of that name must not keep us waiting for its writer. */
		fd = open(side->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return fault(error, side, strerror(errno));
		rc = read_open(side, fd, error);
		close(fd);
		return rc;
	}
	return 0;
}

int side_file_open_named(struct side_file *side, const char *path, struct kpu_error *error)
{
	int fd, rc;

	memset(side, 0, sizeof(*side));
	if (snprintf(side->path, sizeof(side->path), "%s", path) >= (int)sizeof(side->path))
		return fail(error, KPU_ERR_READ_FILE, "the name of the side file is too long");
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fail(error, KPU_ERR_READ_FILE, "cannot open %s: %s", path, strerror(errno));
	rc = read_open(side, fd, error);
	close(fd);
	return rc;
}

void side_file_close(struct side_file *side)
{
	json_object_put(side->object);
	side->object = NULL;
}

/* The value of @key; a JSON null counts as none. */
static struct json_object *value_of(const struct side_file *side, const char *key)
{
	struct json_object *value = NULL;

	if (side->object)
		json_object_object_get_ex(side->object, key, &value);
	return value;
}

static bool is_number(struct json_object *value)
{
	return json_object_is_type(value, json_type_double) ||
	       json_object_is_type(value, json_type_int);
}

static size_t list_length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

int side_file_labels(const struct side_file *side, const char *key, struct labels *labels,
		     struct kpu_error *error)
{
	struct json_object *list = value_of(side, key);
	size_t count = list_length(list);
	const char **names;
	bool ok = true;

	if (!list)
		return 0;
	if (count == 0 || count > SIDE_FILE_LABELS_MAX)
		return key_fault(error, side, key, "is no list of 1 to 4096 texts");
	names = calloc(count, sizeof(*names));
	for (size_t i = 0; names && i < count && ok; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		ok = json_object_is_type(item, json_type_string) &&
		     json_object_get_string_len(item) > 0 &&
		     json_object_get_string_len(item) <= SIDE_FILE_LABEL_MAX;
		names[i] = json_object_get_string(item);
	}
	if (!ok) {
		free(names);
		return key_fault(error, side, key, "has an entry that is no text of 1 to 64 bytes");
	}
	ok = names && labels_copy(labels, names, count);
	free(names);
	return ok ? 0 : fail(error, KPU_ERR_HOST_MEMORY, "no memory for %zu labels", count);
}

int side_file_fraction(const struct side_file *side, const char *key, double *value,
		       struct kpu_error *error)
{
	struct json_object *entry = value_of(side, key);
	double number = json_object_get_double(entry);

	if (!entry)
		return 0;
	if (!is_number(entry) || !(number >= 0 && number <= 1))
		return key_fault(error, side, key, "is no number within 0..1");
	*value = number;
	return 0;
}

int side_file_count(const struct side_file *side, const char *key, uint32_t most, uint32_t *value,
		    struct kpu_error *error)
{
	struct json_object *entry = value_of(side, key);
	int64_t number = json_object_get_int64(entry);

	if (!entry)
		return 0;
	if (!json_object_is_type(entry, json_type_int) || number < 1 || number > (int64_t)most) {
		char what[64];

		snprintf(what, sizeof(what), "is no whole number within 1..%u", most);
		return key_fault(error, side, key, what);
	}
	*value = (uint32_t)number;
	return 0;
}

int side_file_pairs(const struct side_file *side, const char *key, size_t most, float *values,
		    size_t *pairs, struct kpu_error *error)
{
	struct json_object *list = value_of(side, key);
	size_t count = list_length(list);
	char what[96];

	if (!list)
		return 0;
	snprintf(what, sizeof(what),
		 "is no list of 1 to %zu pairs of numbers above 0 and below 1e6", most);
	if (count == 0 || count % 2 || count > 2 * most)
		return key_fault(error, side, key, what);
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		double number = json_object_get_double(item);

		if (!is_number(item) || !(number > 0 && number < 1e6))
			return key_fault(error, side, key, what);
		values[i] = (float)number;
	}
	*pairs = count / 2;
	return 0;
}
