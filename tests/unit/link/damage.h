/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Ways in which the simulated line damages bytes; all deterministic. */
#ifndef TESTS_UNIT_LINK_DAMAGE_H
#define TESTS_UNIT_LINK_DAMAGE_H

#include "tests/unit/link/line.h"

enum damage_kind {
	DAMAGE_DROP,
	DAMAGE_FLIP,
	DAMAGE_DUPLICATE,
	DAMAGE_INSERT,
	DAMAGE_INSERT_ZERO, /* a false end of frame */
	DAMAGE_CLEAR,       /* the byte becomes zero */
	DAMAGE_KINDS,
};

/* One byte of the stream. */
struct single_damage {
	enum damage_kind kind;
	uint64_t at; /* counted from the first byte that passes */
	uint64_t passed;
};

size_t damage_single(void *context, uint8_t byte, uint8_t out[2]);

/* Each byte is dropped, flipped, doubled or preceded by another with probability 1/@one_in each. */
struct byte_damage {
	uint64_t random;
	uint32_t one_in;
};

size_t damage_bytes(void *context, uint8_t byte, uint8_t out[2]);

/* Each chunk of @chunk bytes is hit in one place, in each of the four ways, with probability
 * 1/@one_in. */
struct chunk_damage {
	uint64_t random;
	uint32_t one_in, chunk;
	uint32_t position;
	uint32_t hit[4]; /* position in this chunk, or the chunk's size: none */
};

size_t damage_chunks(void *context, uint8_t byte, uint8_t out[2]);

#endif
