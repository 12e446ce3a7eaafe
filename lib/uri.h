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
 * Reads @text. Paths are given the scheme they call for: /dev/kpu* is dev:, /dev/spidev* is spi:,
 * other devices are tty:. NULL: $KPU_DEVICE, else the first /dev/kpuN.
 */
int kpu_uri_parse(struct kpu_uri *uri, const char *text, struct kpu_error *error);

/* Value of an option, NULL if it was not given. */
const char *kpu_uri_option(const struct kpu_uri *uri, const char *key);

/* An option that a way to a board knows. */
struct kpu_uri_known {
	const char *key;
	/* Where its number goes, which has to lie within @least..@most; NULL: it is a word. */
	uint32_t *number;
	uint32_t least, most;
	/* The only words that it may be, with spaces between; NULL: any. */
	const char *words;
};

#define KPU_URI_COUNT(known) (sizeof(known) / sizeof((known)[0]))

/* The last part of an address that is a path. */
const char *kpu_uri_base(const struct kpu_uri *uri);
/* Is @key one of them? */
bool kpu_uri_knows(const struct kpu_uri_known *known, size_t count, const char *key);
/*
 * Checks all options that were given, and stores the numbers; a number that was not given stays
 * what it is. Options that are not known are an error, unless they are for somebody else (@others).
 */
int kpu_uri_take(const struct kpu_uri *uri, const struct kpu_uri_known *known, size_t count,
		 bool others, struct kpu_error *error);

#endif
