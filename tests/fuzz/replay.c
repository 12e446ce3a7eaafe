/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Runs a fuzz target without a fuzzer, for `make check`: over every file of its corpus, and over
 * some thousand mutations of them by a fixed generator. REPLAY_CORPUS names the folders.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define SEEDS_MAX      256u
#define SEED_BYTES_MAX 4096u
#ifndef REPLAY_MUTATIONS
#define REPLAY_MUTATIONS 20000u
#endif

static const char *const folders[] = { REPLAY_CORPUS };
static struct {
	uint8_t bytes[SEED_BYTES_MAX];
	size_t size;
} seeds[SEEDS_MAX];
static unsigned seed_count;
static uint64_t random_state = 88172645463325252u;

static uint32_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_corpus(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, by_name);

	for (int i = 0; i < count; i++) {
		char path[600];
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		file = entries[i]->d_name[0] == '.' || seed_count == SEEDS_MAX ? NULL
									       : fopen(path, "rb");
		if (file) {
			seeds[seed_count].size =
				fread(seeds[seed_count].bytes, 1, SEED_BYTES_MAX, file);
			seed_count++;
			fclose(file);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

START_TEST(corpus)
{
	ck_assert_uint_ge(seed_count, 1);
	for (unsigned i = 0; i < seed_count; i++)
		LLVMFuzzerTestOneInput(seeds[i].bytes, seeds[i].size);
}
END_TEST

static size_t mutate(uint8_t *bytes, size_t size)
{
	unsigned changes = 1 + next_random() % 8;

	while (changes--) {
		uint32_t kind = next_random() % 4;
		size_t at = size ? next_random() % size : 0;

		if (kind == 0 && size) {
			bytes[at] = (uint8_t)next_random();
		} else if (kind == 1 && size) {
			bytes[at] ^= (uint8_t)(1u << next_random() % 8);
		} else if (kind == 2 && size < SEED_BYTES_MAX) {
			memmove(bytes + at + 1, bytes + at, size - at);
			bytes[at] = (uint8_t)next_random();
			size++;
		} else if (size > 1) {
			memmove(bytes + at, bytes + at + 1, size - at - 1);
			size--;
		}
	}
	return size;
}

START_TEST(mutations)
{
	static uint8_t bytes[SEED_BYTES_MAX];

	for (unsigned i = 0; i < REPLAY_MUTATIONS; i++) {
		unsigned from = next_random() % seed_count, with = next_random() % seed_count;
		size_t size = seeds[from].size, more = seeds[with].size;

		memcpy(bytes, seeds[from].bytes, size);
		if (next_random() % 2 && size + more <= SEED_BYTES_MAX) {
			memcpy(bytes + size, seeds[with].bytes, more);
			size += more;
		}
		LLVMFuzzerTestOneInput(bytes, mutate(bytes, size));
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("fuzz replay");
	TCase *replay = tcase_create(folders[0]);
	SRunner *runner;
	int failed;

	for (unsigned i = 0; argc < 2 && i < sizeof(folders) / sizeof(folders[0]); i++)
		read_corpus(folders[i]);
	for (int i = 1; i < argc; i++)
		read_corpus(argv[i]);
	tcase_set_timeout(replay, 240);
	tcase_add_test(replay, corpus);
	tcase_add_test(replay, mutations);
	suite_add_tcase(suite, replay);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
