/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/json.h"

/* Bytes of the character that @text begins with, 0 if it is none: RFC 3629, section 4. */
static size_t utf8_length(const unsigned char *text)
{
	unsigned char least = 0x80, most = 0xbf;
	size_t length = 1;

	if (*text < 0x80)
		return 1;
	if (*text < 0xc2 || *text > 0xf4)
		return 0;
	length += (*text >= 0xc2) + (*text >= 0xe0) + (*text >= 0xf0);
	if (*text == 0xe0)
		least = 0xa0;
	else if (*text == 0xf0)
		least = 0x90;
	else if (*text == 0xed)
		most = 0x9f;
	else if (*text == 0xf4)
		most = 0x8f;
	for (size_t i = 1; i < length; i++) {
		if (text[i] < least || text[i] > most)
			return 0;
		least = 0x80;
		most = 0xbf;
	}
	return length;
}

/* JSON is UTF-8; file names, labels and what a USB device calls itself may be anything. */
void json_put_text(struct json_object *object, const char *key, const char *value)
{
	char *text = strdup(value);

	for (char *at = text; at && *at;) {
		size_t length = utf8_length((const unsigned char *)at);

		if (!length)
			*at = '?';
		at += length ? length : 1;
	}
	json_object_object_add(object, key, json_object_new_string(text ? text : ""));
	free(text);
}

void json_put_number(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_uint64(value));
}

void json_put_real(struct json_object *object, const char *key, double value, int decimals)
{
	char text[64];

	/* JSON has no word for them: RFC 8259, section 6. */
	if (!isfinite(value)) {
		json_object_object_add(object, key, NULL);
		return;
	}
	snprintf(text, sizeof(text), "%.*f", decimals, value);
	json_object_object_add(object, key, json_object_new_double_s(value, text));
}

void json_print(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_SPACED |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
