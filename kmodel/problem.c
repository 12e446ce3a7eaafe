/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Sentences with numbers, without printf: the firmware has none. */
#include "kmodel/kmodel.h"

static size_t append_number(char *out, size_t room, uint32_t value)
{
	char digits[10];
	size_t count = 0;
	size_t written = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (count && written < room)
		out[written++] = digits[--count];
	return written;
}

bool kmodel_fail(struct kmodel_problem *problem, uint16_t status, uint32_t layer, const char *text,
		 uint32_t first, uint32_t second)
{
	size_t room = sizeof(problem->text) - 1;
	size_t used = 0;
	uint32_t values[2] = { first, second };
	unsigned next = 0;

	if (!problem)
		return false;
	problem->status = status;
	problem->layer = layer;
	while (*text && used < room) {
		if (text[0] == '%' && text[1] == 'u') {
			used += append_number(problem->text + used, room - used, values[next & 1]);
			next++;
			text += 2;
		} else {
			problem->text[used++] = *text++;
		}
	}
	problem->text[used] = '\0';
	return false;
}

#if KMODEL_TERSE
bool kmodel_refuse_tersely(struct kmodel_problem *problem, uint16_t status, uint32_t layer)
{
	return kmodel_fail(problem, status, layer, "the board refuses the model", 0, 0);
}
#endif
