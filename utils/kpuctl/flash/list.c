/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/flash/list.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"

#define DEPTH_MAX 8

/* Copies a hexadecimal number as decimal; returns how much of @in it was. */
static size_t copy_hexadecimal(const char *in, size_t length, char *out, size_t *written)
{
	unsigned long long value = 0;
	size_t i = 2;

	for (; i < length && isxdigit((unsigned char)in[i]); i++) {
		char digit[2] = { in[i], 0 };

		/* What does not fit stays too large for any flash. */
		value = value >> 56 ? ~0ull : value << 4 | strtoull(digit, NULL, 16);
	}
	*written = (size_t)sprintf(out, "%llu", value);
	return i;
}

/* Makes legal JSON of @in; @out has room for twice as much and 24 bytes. */
static size_t make_legal(const char *in, size_t length, char *out)
{
	bool quoted = false;
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		bool number = !quoted && i + 2 < length && in[i] == '0' &&
			      (in[i + 1] == 'x' || in[i + 1] == 'X') &&
			      isxdigit((unsigned char)in[i + 2]) &&
			      (i == 0 || !isalnum((unsigned char)in[i - 1]));
		size_t written;

		if (number) {
			i += copy_hexadecimal(in + i, length - i, out + used, &written) - 1;
			used += written;
			continue;
		}
		if (quoted && in[i] == '\\' && i + 1 < length)
			out[used++] = in[i++];
		else if (in[i] == '"')
			quoted = !quoted;
		out[used++] = in[i];
	}
	return used;
}

static struct json_object *parse_text(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	char *legal = malloc(2 * length + 24);
	struct json_object *object = NULL;
	size_t size;

	if (tokener && legal) {
		size = make_legal(text, length, legal);
		object = json_tokener_parse_ex(tokener, legal, (int)size);
		if (json_tokener_get_error(tokener) != json_tokener_success) {
			json_object_put(object);
			object = NULL;
		}
	}
	if (tokener)
		json_tokener_free(tokener);
	free(legal);
	return object;
}

static bool read_address(struct json_object *value, uint32_t *address)
{
	const char *text;
	char *end;
	unsigned long long number;

	if (!json_object_is_type(value, json_type_string) &&
	    !json_object_is_type(value, json_type_int))
		return false;
	text = json_object_get_string(value);
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || number >= FLASH_BYTES)
		return false;
	*address = (uint32_t)number;
	return true;
}

static bool read_entry(struct json_object *file, struct flash_entry *entry)
{
	struct json_object *address, *bin, *prefix, *reverse;
	int length;

	if (!json_object_is_type(file, json_type_object) ||
	    !json_object_object_get_ex(file, "address", &address) ||
	    !json_object_object_get_ex(file, "bin", &bin) ||
	    !json_object_is_type(bin, json_type_string))
		return false;
	length = json_object_get_string_len(bin);
	if (length <= 0 || (size_t)length >= sizeof(entry->name) ||
	    memchr(json_object_get_string(bin), 0, (size_t)length))
		return false;
	memcpy(entry->name, json_object_get_string(bin), (size_t)length + 1);
	if (json_object_object_get_ex(file, "sha256Prefix", &prefix))
		entry->sha256_prefix = json_object_get_boolean(prefix);
	/* Two tools, two names: kflash_gui and ktool. */
	if (json_object_object_get_ex(file, "reverse4Bytes", &reverse) ||
	    json_object_object_get_ex(file, "swap", &reverse))
		entry->reverse_words = json_object_get_boolean(reverse);
	return read_address(address, &entry->address);
}

static int read_files(struct json_object *root, struct flash_list *list, struct kpu_error *error)
{
	struct json_object *files;
	size_t count;

	if (!json_object_is_type(root, json_type_object) ||
	    !json_object_object_get_ex(root, "files", &files) ||
	    !json_object_is_type(files, json_type_array))
		return fail(error, KPU_ERR_KMODEL_FORMAT, "flash-list.json has no list of files");
	count = json_object_array_length(files);
	if (count == 0 || count > FLASH_LIST_MAX)
		return fail(error, KPU_ERR_KMODEL_FORMAT,
			    "flash-list.json names %zu files, possible are 1..%u", count,
			    FLASH_LIST_MAX);
	for (size_t i = 0; i < count; i++) {
		if (!read_entry(json_object_array_get_idx(files, i), &list->entries[i]))
			return fail(error, KPU_ERR_KMODEL_FORMAT,
				    "file %zu of flash-list.json has no name, or no address below "
				    "%#x",
				    i, FLASH_BYTES);
		list->count++;
	}
	return 0;
}

int flash_list_parse(const char *text, size_t length, struct flash_list *list,
		     struct kpu_error *error)
{
	struct json_object *root = parse_text(text, length);
	int rc;

	memset(list, 0, sizeof(*list));
	if (!root)
		return fail(error, KPU_ERR_KMODEL_FORMAT, "flash-list.json is not JSON");
	rc = read_files(root, list, error);
	json_object_put(root);
	return rc;
}
