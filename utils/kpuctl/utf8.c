/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/utf8.h"

#include <string.h>

size_t utf8_length(const char *text)
{
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned char least = 0x80, most = 0xbf;
	size_t length;

	if (*bytes < 0x80)
		return 1;
	if (*bytes < 0xc2 || *bytes > 0xf4)
		return 0;
	length = 2 + (*bytes >= 0xe0) + (*bytes >= 0xf0);
	if (*bytes == 0xe0)
		least = 0xa0;
	else if (*bytes == 0xf0)
		least = 0x90;
	else if (*bytes == 0xed)
		most = 0x9f;
	else if (*bytes == 0xf4)
		most = 0x8f;
	for (size_t i = 1; i < length; i++) {
		if (bytes[i] < least || bytes[i] > most)
			return 0;
		least = 0x80;
		most = 0xbf;
	}
	return length;
}

const char *utf8_next(const char *text)
{
	size_t length = utf8_length(text);

	return text + (length ? length : 1);
}

size_t utf8_characters(const char *text)
{
	size_t count = 0;

	for (; *text; text = utf8_next(text))
		count++;
	return count;
}

int utf8_column(const char *text, int characters)
{
	return characters + (int)(strlen(text) - utf8_characters(text));
}
