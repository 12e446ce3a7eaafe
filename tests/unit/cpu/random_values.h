/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Reproducible random numbers, with a liking for the values that go wrong. */
#ifndef TESTS_UNIT_CPU_RANDOM_VALUES_H
#define TESTS_UNIT_CPU_RANDOM_VALUES_H

#include <stdint.h>

struct random {
	uint64_t state;
};

uint64_t random_bits(struct random *random);
/* Uniform enough in [0, bound). */
unsigned random_below(struct random *random, unsigned bound);
uint64_t random_integer(struct random *random);
/* Encodings: zeros, subnormals, halves, limits, infinities, NaNs of all kinds, ordinary numbers. */
uint64_t random_double(struct random *random);
/* Boxed, now and then not. */
uint64_t random_single(struct random *random);

#endif
