/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/json.h"
#include "utils/kpuctl/utf8.h"

/* JSON is UTF-8; file names, labels and what a USB device calls itself may be anything. */
void json_put_text(struct json_object *object, const char *key, const char *value)
{
	char *text = strdup(value);

	for (char *at = text; at && *at;) {
		size_t length = utf8_length(at);

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
