/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A model of one or a few V4 nodes on the board of fixture.h: inputs are written down with their
 * values, the result is read back. Each node is run twice, by the runtime and once more piece by
 * piece, because slices must not show.
 */
#ifndef TESTS_RUNTIME_NODE_TEST_H
#define TESTS_RUNTIME_NODE_TEST_H

#include <check.h>

#include "tests/unit/runtime/fixture.h"
#include "tools/kmodel/writer_v4.h"

struct node_test {
	struct kmodel_v4_writer *writer;
	uint8_t input[1 << 16];
	uint32_t input_bytes;
	uint8_t *file;
	size_t file_bytes;
	uint32_t result_bytes;
	uint8_t result[1 << 16]; /* of output 0 */
};

void node_start(struct node_test *test);
/* A model input with its values. */
struct kmodel_v4_range node_floats(struct node_test *test, const int32_t shape[4],
				   const float *values);
struct kmodel_v4_range node_bytes(struct node_test *test, const int32_t shape[4],
				  const uint8_t *values);
/* Output 0. */
struct kmodel_v4_range node_result(struct node_test *test, enum kmodel_v4_data_type type,
				   uint32_t elements);
/* Loads, runs, frees. */
void node_run(struct node_test *test);
/* Loads only and frees: the status. */
uint16_t node_load(struct node_test *test);

void expect_floats(const struct node_test *test, const float *expected, unsigned count);
/* Within a few units in the last place of the reference's float functions. */
void expect_near(const struct node_test *test, const double *expected, unsigned count);
void expect_bytes(const struct node_test *test, const uint8_t *expected, unsigned count);

/* Shape of a tensor without batches, and of a row. */
#define SHAPE(c, h, w) ((const int32_t[4]){ 1, (c), (h), (w) })
#define ROW(n)         ((const int32_t[4]){ 1, 1, 1, (n) })

#endif
