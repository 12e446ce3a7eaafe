/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Writes the seeds of the model fuzzer into a folder: one small model of every kind that the
 * writers can make, behind the byte that the fuzzer takes for itself. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/conformance/generated.h"

#define SEED_BYTES_MAX 4000u
#define TRIES          200u

/* The smallest of some, which fuzzes fastest. */
static bool write_smallest(unsigned kind, const char *folder)
{
	struct generated model, smallest = { .file_bytes = SEED_BYTES_MAX + 1 };
	char path[600];
	FILE *file;
	bool good;

	for (uint32_t seed = 0; seed < TRIES; seed++) {
		if (!generate_model(kind, seed, &model))
			return false;
		if (model.file_bytes < smallest.file_bytes) {
			generated_free(&smallest);
			smallest = model;
		} else {
			generated_free(&model);
		}
	}
	if (!smallest.file)
		return true;
	snprintf(path, sizeof(path), "%s/kind_%02u", folder, kind);
	file = fopen(path, "wb");
	good = file && fputc(0x5a, file) != EOF &&
	       fwrite(smallest.file, 1, smallest.file_bytes, file) == smallest.file_bytes;
	if (!file || fclose(file) || !good) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	generated_free(&smallest);
	return true;
}

int main(int argc, char **argv)
{
	unsigned kind = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: kmodel_seeds FOLDER\n");
		return EXIT_FAILURE;
	}
	while (write_smallest(kind, argv[1]))
		kind++;
	return kind ? EXIT_SUCCESS : EXIT_FAILURE;
}
