/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Real models, inputs and golden results. They are not part of this repository: the folder
 * KPU_SHARED (default ../shared) has them, or the tests that need them are skipped and say so.
 */
#ifndef TESTS_SHARED_MODELS_H
#define TESTS_SHARED_MODELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Says on standard output what is skipped where the folder is missing. */
bool shared_models_present(const char *test);

/*
 * KPU_SHARED/models/@folder/@name@suffix, unpacked if it was packed with gzip; to be freed. NULL if
 * there is no such file; the test fails if it cannot be read.
 */
uint8_t *shared_models_read(const char *folder, const char *name, const char *suffix, size_t *size);

#endif
