/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "lib/uri.h"

/* Lowest N with /dev/kpuN, -1 if there is none. */
static long first_device(void)
{
	DIR *folder = opendir("/dev");
	struct dirent *entry;
	long lowest = -1;

	if (!folder)
		return -1;
	while ((entry = readdir(folder))) {
		char *end;
		long number;

		if (strncmp(entry->d_name, "kpu", 3) || entry->d_name[3] < '0' ||
		    entry->d_name[3] > '9')
			continue;
		number = strtol(entry->d_name + 3, &end, 10);
		if (*end == 0 && (lowest < 0 || number < lowest))
			lowest = number;
	}
	closedir(folder);
	return lowest;
}

static int default_text(char *text, size_t size, struct kpu_error *error)
{
	const char *wanted = secure_getenv("KPU_DEVICE");
	long number;

	if (wanted && *wanted) {
		snprintf(text, size, "%s", wanted);
		return 0;
	}
	number = first_device();
	if (number < 0) {
		kpu_fail(error, KPU_ERR_NO_DEVICE, "there is no /dev/kpu0 and no $KPU_DEVICE");
		kpu_error_advise(error, "attach a board (kpuctl attach), name one, or use emu:");
		return -KPU_ERR_NO_DEVICE;
	}
	snprintf(text, size, "dev:/dev/kpu%ld", number);
	return 0;
}

static int split_options(struct kpu_uri *uri, char *text, struct kpu_error *error)
{
	char *save = NULL;

	for (char *word = strtok_r(text, "&", &save); word; word = strtok_r(NULL, "&", &save)) {
		char *equals = strchr(word, '=');
		struct kpu_uri_option *option = &uri->options[uri->option_count];

		if (uri->option_count == KPU_URI_OPTIONS_MAX)
			return kpu_fail(error, KPU_ERR_PARAM, "more than %d options in %s",
					KPU_URI_OPTIONS_MAX, uri->text);
		if (strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") != strcspn(word, "=") ||
		    word == equals || *word == '-')
			return kpu_fail(error, KPU_ERR_PARAM, "\"%s\" in %s is not an option", word,
					uri->text);
		option->key = word;
		option->value = "";
		if (equals) {
			*equals = 0;
			option->value = equals + 1;
		}
		if (kpu_uri_option(uri, word))
			return kpu_fail(error, KPU_ERR_PARAM, "%s stands twice in %s", word,
					uri->text);
		uri->option_count++;
	}
	return 0;
}

static const char *scheme_of_path(const char *path)
{
	if (!strncmp(path, "/dev/kpu", 8))
		return "dev:";
	return strncmp(path, "/dev/spidev", 11) ? "tty:" : "spi:";
}

int kpu_uri_parse(struct kpu_uri *uri, const char *text, struct kpu_error *error)
{
	char *options, *colon;
	int rc;

	memset(uri, 0, sizeof(*uri));
	if (!text) {
		rc = default_text(uri->text, sizeof(uri->text), error);
		if (rc < 0)
			return rc;
	} else if (strlen(text) + sizeof("tty:") > sizeof(uri->text)) {
		return kpu_fail(error, KPU_ERR_PARAM, "the device's name has more than %zu letters",
				sizeof(uri->text) - sizeof("tty:"));
	} else {
		strcpy(uri->text, text);
	}
	if (uri->text[0] == '/') {
		const char *scheme = scheme_of_path(uri->text);
		size_t length = strnlen(uri->text, sizeof(uri->text) - 5);

		memmove(uri->text + 4, uri->text, length + 1);
		uri->text[sizeof(uri->text) - 1] = 0;
		memcpy(uri->text, scheme, 4);
	}
	memcpy(uri->storage, uri->text, sizeof(uri->storage));
	colon = strchr(uri->storage, ':');
	if (!colon || colon == uri->storage) {
		kpu_fail(error, KPU_ERR_PARAM, "\"%s\" does not name a device", uri->text);
		kpu_error_advise(error, "write dev:/dev/kpu0, tty:/dev/ttyUSB0, "
					"spi:/dev/spidev0.0?ready=... or emu:");
		return -KPU_ERR_PARAM;
	}
	*colon = 0;
	uri->scheme = uri->storage;
	uri->address = colon + 1;
	options = strchr(colon + 1, '?');
	if (!options)
		return 0;
	*options = 0;
	return split_options(uri, options + 1, error);
}

const char *kpu_uri_option(const struct kpu_uri *uri, const char *key)
{
	for (size_t i = 0; i < uri->option_count; i++) {
		if (!strcmp(uri->options[i].key, key))
			return uri->options[i].value;
	}
	return NULL;
}

const char *kpu_uri_base(const struct kpu_uri *uri)
{
	const char *slash = strrchr(uri->address, '/');

	return slash ? slash + 1 : uri->address;
}

static bool is_word_of(const char *list, const char *word)
{
	size_t length = strlen(word);

	if (length == 0 || strchr(word, ' '))
		return false;
	for (const char *p = list; (p = strstr(p, word)); p += length) {
		if ((p == list || p[-1] == ' ') && (p[length] == ' ' || p[length] == 0))
			return true;
	}
	return false;
}

static int take_number(const struct kpu_uri_known *known, const char *text, struct kpu_error *error)
{
	unsigned long long number;
	char *end;

	number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || number < known->least || number > known->most)
		return kpu_fail(error, KPU_ERR_PARAM, "%s=%s is not a number within %u..%u",
				known->key, text, known->least, known->most);
	*known->number = (uint32_t)number;
	return 0;
}

static int take_option(const struct kpu_uri_known *known, const struct kpu_uri *uri,
		       const char *text, struct kpu_error *error)
{
	if (known->number)
		return take_number(known, text, error);
	if (!known->words || is_word_of(known->words, text))
		return 0;
	kpu_fail(error, KPU_ERR_PARAM, "%s: %s=%s is not known", uri->scheme, known->key, text);
	kpu_error_advise(error, "it may be: %s", known->words);
	return -KPU_ERR_PARAM;
}

static const struct kpu_uri_known *find(const struct kpu_uri_known *known, size_t count,
					const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(known[i].key, key))
			return &known[i];
	return NULL;
}

bool kpu_uri_knows(const struct kpu_uri_known *known, size_t count, const char *key)
{
	return find(known, count, key) != NULL;
}

static int unknown(const struct kpu_uri *uri, const char *key, const struct kpu_uri_known *known,
		   size_t count, struct kpu_error *error)
{
	char list[120] = "";

	for (size_t i = 0, end = 0; i < count && end < sizeof(list); i++)
		end += (size_t)snprintf(list + end, sizeof(list) - end, " %s", known[i].key);
	kpu_fail(error, KPU_ERR_PARAM, "%s: does not know the option \"%s\"", uri->scheme, key);
	if (count)
		kpu_error_advise(error, "it knows:%s", list);
	return -KPU_ERR_PARAM;
}

int kpu_uri_take(const struct kpu_uri *uri, const struct kpu_uri_known *known, size_t count,
		 bool others, struct kpu_error *error)
{
	for (size_t i = 0; i < uri->option_count; i++) {
		const struct kpu_uri_option *given = &uri->options[i];
		const struct kpu_uri_known *option = find(known, count, given->key);
		int rc = 0;

		if (option)
			rc = take_option(option, uri, given->value, error);
		else if (!others)
			rc = unknown(uri, given->key, known, count, error);
		if (rc < 0)
			return rc;
	}
	return 0;
}
