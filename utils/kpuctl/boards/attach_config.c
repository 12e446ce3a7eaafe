/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/boards/attach_config.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"

#define LINE_BYTES  512
#define WORD_BYTES  96
#define RULES_MAX   1000
#define BAUD_LEAST  9600
#define BAUD_MOST   12000000
#define WHITE_SPACE " \t\r\n"

enum pattern {
	PATTERN_SERIAL,
	PATTERN_PRODUCT,
	PATTERN_PORT,
	PATTERN_TTY,
	PATTERNS,
};

static const char *const pattern_keys[PATTERNS] = { "serial", "product", "port", "tty" };

struct attach_rule {
	unsigned line;
	bool attach;
	bool generic;                        /* asked for */
	int vendor, product;                 /* -1: any */
	char patterns[PATTERNS][WORD_BYTES]; /* empty: any */
	char style[16];
	uint32_t max_rate;
};

/* Where the reader is, for messages. */
struct place {
	const char *path;
	unsigned line;
	struct kpu_error *error;
};

static int mistake(const struct place *place, const char *what, const char *word)
{
	fail(place->error, KPU_ERR_PARAM, "%.100s, line %u: %s: %.60s", place->path, place->line,
	     what, word);
	snprintf(place->error->next_step, sizeof(place->error->next_step),
		 "see kpuctl(1), FILES, for what %.60s may say", place->path);
	return -KPU_ERR_PARAM;
}

/* Exactly four hexadecimal digits. */
static bool read_id(const char *text, int *id)
{
	if (strspn(text, "0123456789abcdefABCDEF") != 4 || strlen(text) != 4)
		return false;
	*id = (int)strtol(text, NULL, 16);
	return true;
}

static int read_ids(const struct place *place, struct attach_rule *rule, char *value,
		    const char *word)
{
	char *colon = strchr(value, ':');

	if (colon) {
		*colon = 0;
		if (read_id(value, &rule->vendor) &&
		    (!strcmp(colon + 1, "*") || read_id(colon + 1, &rule->product)))
			return 0;
	}
	return mistake(place, "an id is VENDOR:PRODUCT, four hexadecimal digits each", word);
}

static int read_style(const struct place *place, struct attach_rule *rule, const char *value)
{
	if (!kpu_boot_find_style(value))
		return mistake(place, "no such style (dan, kd233, goe, god)", value);
	snprintf(rule->style, sizeof(rule->style), "%s", kpu_boot_find_style(value)->name);
	return 0;
}

static int read_rate(const struct place *place, struct attach_rule *rule, const char *value)
{
	char *end;
	long rate = strtol(value, &end, 10);

	if (end == value || *end || rate < BAUD_LEAST || rate > BAUD_MOST)
		return mistake(place, "a rate is a number within 9600..12000000", value);
	rule->max_rate = (uint32_t)rate;
	return 0;
}

static int read_word(const struct place *place, struct attach_rule *rule, const char *word)
{
	char copy[WORD_BYTES], *value;

	if (!strcmp(word, "generic")) {
		rule->generic = true;
		return 0;
	}
	if (strlen(word) >= sizeof(copy))
		return mistake(place, "too long", word);
	strcpy(copy, word);
	value = strchr(copy, '=');
	if (!value)
		return mistake(place, "not understood", word);
	*value++ = 0;
	if (!*value)
		return mistake(place, "nothing after the =", word);
	if (!strcmp(copy, "id"))
		return read_ids(place, rule, value, word);
	if (rule->attach && !strcmp(copy, "style"))
		return read_style(place, rule, value);
	if (rule->attach && !strcmp(copy, "rate"))
		return read_rate(place, rule, value);
	for (size_t i = 0; i < PATTERNS; i++) {
		if (!strcmp(copy, pattern_keys[i])) {
			strcpy(rule->patterns[i], value);
			return 0;
		}
	}
	return mistake(place, "not understood", word);
}

/* 1: *rule is one; 0: the line is empty. */
static int read_line(const struct place *place, char *text, struct attach_rule *rule)
{
	char *rest, *word;
	int rc;

	*rule = (struct attach_rule){ .line = place->line, .vendor = -1, .product = -1 };
	text[strcspn(text, "#")] = 0;
	word = strtok_r(text, WHITE_SPACE, &rest);
	if (!word)
		return 0;
	rule->attach = !strcmp(word, "attach");
	if (!rule->attach && strcmp(word, "ignore"))
		return mistake(place, "a line begins with attach or ignore", word);
	while ((word = strtok_r(NULL, WHITE_SPACE, &rest))) {
		rc = read_word(place, rule, word);
		if (rc < 0)
			return rc;
	}
	return 1;
}

static int add_rule(struct attach_config *config, const struct attach_rule *rule,
		    const struct place *place)
{
	struct attach_rule *larger;

	if (config->count >= RULES_MAX)
		return mistake(place, "too many rules", "1000 are the most");
	larger = reallocarray(config->rules, config->count + 1, sizeof(*larger));
	if (!larger)
		return fail(place->error, KPU_ERR_HOST_MEMORY, "no memory for the rules of %.100s",
			    place->path);
	config->rules = larger;
	config->rules[config->count++] = *rule;
	return 0;
}

static int read_rules(FILE *file, struct attach_config *config, struct place *place)
{
	struct attach_rule rule;
	char text[LINE_BYTES];
	int rc = 0;

	while (rc >= 0 && fgets(text, sizeof(text), file)) {
		place->line++;
		if (!strchr(text, '\n') && !feof(file))
			return mistake(place, "the line is longer than 510 characters", text);
		rc = read_line(place, text, &rule);
		if (rc > 0)
			rc = add_rule(config, &rule, place);
	}
	if (rc >= 0 && ferror(file))
		return fail(place->error, KPU_ERR_READ_FILE, "cannot read %.100s: %s", place->path,
			    strerror(errno));
	return rc;
}

int attach_config_read(const char *path, struct attach_config *config, struct kpu_error *error)
{
	struct place place = { .path = path, .error = error };
	FILE *file = fopen(path, "re");
	int rc;

	*config = (struct attach_config){ 0 };
	if (!file) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return fail(error, errno == EACCES ? KPU_ERR_PERMISSION : KPU_ERR_READ_FILE,
			    "cannot read %.100s: %s", path, strerror(errno));
	}
	rc = read_rules(file, config, &place);
	fclose(file);
	if (rc < 0)
		attach_config_free(config);
	return rc;
}

void attach_config_free(struct attach_config *config)
{
	free(config->rules);
	*config = (struct attach_config){ 0 };
}

/* "1-1.4" of "1-1.4:1.0": the place where it is plugged in. */
static void port_of(const struct found_board *board, char *port, size_t size)
{
	snprintf(port, size, "%.*s", (int)strcspn(board->usb, ":"), board->usb);
}

static bool fits(const struct attach_rule *rule, const struct found_board *board)
{
	char port[sizeof(board->usb)];
	const char *const texts[PATTERNS] = { board->serial, board->product_name, port,
					      board->tty };

	port_of(board, port, sizeof(port));
	if ((rule->vendor >= 0 && rule->vendor != board->vendor) ||
	    (rule->product >= 0 && rule->product != board->product) ||
	    (rule->generic && !board->board->is_generic))
		return false;
	for (size_t i = 0; i < PATTERNS; i++) {
		if (*rule->patterns[i] && fnmatch(rule->patterns[i], texts[i], 0))
			return false;
	}
	return true;
}

struct attach_decision attach_config_decide(const struct attach_config *config,
					    const struct found_board *board)
{
	struct attach_decision decision = { .attach = !board->board->is_by_hand };

	for (size_t i = 0; i < config->count; i++) {
		const struct attach_rule *rule = &config->rules[i];

		if (!fits(rule, board))
			continue;
		decision.attach = rule->attach;
		decision.line = rule->line;
		strcpy(decision.style, rule->style);
		decision.max_rate = rule->max_rate;
		break;
	}
	return decision;
}
