/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Small models of one operator each with random shapes and values, and what they must give,
 * computed here in the plainest way from the published rules (nncase v0.2.0-beta4, v0.1.0-rc5, the
 * kendryte-standalone-sdk). Nothing of the firmware's code is used.
 */
#ifndef TESTS_CONFORMANCE_GENERATED_H
#define TESTS_CONFORMANCE_GENERATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/kmodel/nodes_v4.h"

struct generated {
	const char *name;
	uint8_t *file;
	size_t file_bytes;
	uint8_t *input; /* all inputs, one behind the other */
	size_t input_bytes;
	bool is_float;
	bool is_exact; /* every bit must agree; else 1e-5 relative, for exp, log and such */
	float *floats; /* expected in output 0 */
	uint8_t *bytes;
	size_t count;
};

/* Number @kind of all kinds; false: there is none. The same @seed gives the same model. Ends the
 * program if it has made a mistake itself. */
bool generate_model(unsigned kind, uint32_t seed, struct generated *model);
void generated_free(struct generated *model);

/* --- for the files that make them --- */

struct generation {
	struct generated *model;
	struct kmodel_v4_writer *v4;
	struct kmodel_writer *v3;
	uint32_t state;
	uint32_t v3_work; /* bytes of the work buffer taken so far */
};

struct generated_kind {
	const char *name;
	void (*generate)(struct generation *generation);
	bool is_v3;
	bool is_close; /* not exact */
};

extern const struct generated_kind generated_values[], generated_shapes[], generated_windows[],
	generated_kpu[], generated_v3[]; /* end with a NULL name */

uint32_t random_bits(struct generation *generation);
/* In least .. greatest. */
int32_t random_int(struct generation *generation, int32_t least, int32_t greatest);
/* -8 .. 8 with all bits of a float's mantissa in use. */
float random_float(struct generation *generation);
void random_shape(struct generation *generation, int32_t greatest, int32_t shape[4]);
int32_t elements_of(const int32_t shape[4]);

/* New tensors: inputs with random values, which are returned, too; the output, whose expected
 * values are to be filled in. */
struct kmodel_v4_tensor random_floats(struct generation *generation, const int32_t shape[4],
				      const float **values);
struct kmodel_v4_tensor random_bytes(struct generation *generation, const int32_t shape[4],
				     const uint8_t **values);
struct kmodel_v4_tensor expect_float_output(struct generation *generation, const int32_t shape[4],
					    float **expected);
struct kmodel_v4_tensor expect_byte_output(struct generation *generation, const int32_t shape[4],
					   uint8_t **expected);
/* Adds to model->input; returns where it begins. */
uint8_t *add_input(struct generation *generation, size_t bytes);

/* Plain arithmetic of the formats. */
uint8_t clamp_byte(int64_t value);
float clamp_float(float value, struct kmodel_v4_bounds bounds);
/* (value * factor) >> shift, half up. */
int32_t scale_half_up(int32_t value, int32_t factor, int32_t shift);

#endif
