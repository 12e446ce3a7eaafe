/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* SCHEME:ADDRESS?KEY=VALUE&KEY=VALUE */
#ifndef KPU_LIB_URI_H
#define KPU_LIB_URI_H

#include <kpu.h>

#define KPU_URI_OPTIONS_MAX 12

struct kpu_uri_option {
	const char *key, *value; /* value "" without = */
};

struct kpu_uri {
	char text[512];    /* as given, in full */
	char storage[512]; /* what the pointers refer to */
	const char *scheme, *address;
	struct kpu_uri_option options[KPU_URI_OPTIONS_MAX];
	size_t option_count;
};

/*
 * Reads @text. Paths are given the scheme they call for: /dev/kpu* is dev:, other devices are tty:.
 * NULL: $KPU_DEVICE, else the first /dev/kpuN.
 */
int kpu_uri_parse(struct kpu_uri *uri, const char *text, struct kpu_error *error);

/* Value of an option, NULL if it was not given. */
const char *kpu_uri_option(const struct kpu_uri *uri, const char *key);
/* The same as number within @least..@most; @fallback when not given. */
int kpu_uri_number(const struct kpu_uri *uri, const char *key, uint32_t least, uint32_t most,
		   uint32_t fallback, uint32_t *value, struct kpu_error *error);
/* Fails when there is an option that is not in @known, a list of words with spaces between. */
int kpu_uri_check_options(const struct kpu_uri *uri, const char *known, struct kpu_error *error);

#endif
