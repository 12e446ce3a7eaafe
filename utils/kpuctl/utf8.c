/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/utf8.h"

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
