/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/api.h"
#include "lib/error.h"
#include "link/error.h"

#define KPU_ERROR(name, number, sentence, next_step)                                          \
	_Static_assert((int)KPU_ERR_##name == (number) && (int)KPU_STATUS_##name == (number), \
		       "public number of " #name);
#include "link/errors.def"
#undef KPU_ERROR

_Static_assert(__builtin_strcmp(KPU_LIBRARY_VERSION, KPU_VERSION) == 0,
	       "kpu.h and the Makefile name the same version");

struct error_entry {
	int code;
	const char *name, *sentence, *next_step;
};

static const struct error_entry table[] = {
	{ 0, "KPU_ERR_NONE", "no error", "nothing to do" },
#define KPU_ERROR(name, number, sentence, next_step) \
	{ number, "KPU_ERR_" #name, sentence, next_step },
#include "link/errors.def"
#undef KPU_ERROR
};

static const struct error_entry *find(int code)
{
	if (code < 0 && code > -100000)
		code = -code;
	/* Firmware of before 2020-03-30 counted from 1. */
	if (code >= 1 && code <= 15)
		code += 2000;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].code == code)
			return &table[i];
	}
	return NULL;
}

KPU_API const char *kpu_strerror(int code)
{
	const struct error_entry *entry = find(code);

	return entry ? entry->sentence : "unknown error number";
}

KPU_API const char *kpu_error_name(int code)
{
	const struct error_entry *entry = find(code);

	return entry ? entry->name : "KPU_ERR_?";
}

KPU_API const char *kpu_error_next_step(int code)
{
	const struct error_entry *entry = find(code);

	return entry ? entry->next_step : "update the library";
}

bool kpu_error_known(int code)
{
	return code > 2000 && find(code);
}

int kpu_fail(struct kpu_error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return -code;
	memset(error, 0, sizeof(*error));
	error->code = code;
	if (format) {
		va_start(arguments, format);
		vsnprintf(error->message, sizeof(error->message), format, arguments);
		va_end(arguments);
	} else {
		snprintf(error->message, sizeof(error->message), "%s", kpu_strerror(code));
	}
	snprintf(error->next_step, sizeof(error->next_step), "%s", kpu_error_next_step(code));
	return -code;
}

void kpu_error_advise(struct kpu_error *error, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return;
	va_start(arguments, format);
	vsnprintf(error->next_step, sizeof(error->next_step), format, arguments);
	va_end(arguments);
}

int kpu_fail_memory(struct kpu_error *error)
{
	return kpu_fail(error, KPU_ERR_HOST_MEMORY, NULL);
}

int kpu_fail_jobs(struct kpu_error *error, unsigned most)
{
	kpu_fail(error, KPU_ERR_BUSY, "there are %u jobs that have not been freed", most);
	kpu_error_advise(error, "wait for one of them and free it");
	return -KPU_ERR_BUSY;
}

KPU_API const char *kpu_version(void)
{
	return KPU_LIBRARY_VERSION;
}
