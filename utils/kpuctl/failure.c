/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void make_printable(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 127)
			*text = '?';
	}
}

int fail(struct kpu_error *error, int code, const char *format, ...)
{
	va_list arguments;

	memset(error, 0, sizeof(*error));
	error->code = code;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	make_printable(error->message);
	snprintf(error->next_step, sizeof(error->next_step), "%s", kpu_error_next_step(code));
	return -code;
}
