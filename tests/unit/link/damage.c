/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/link/damage.h"

static size_t apply(enum damage_kind kind, uint8_t byte, uint8_t random, uint8_t out[2])
{
	switch (kind) {
	case DAMAGE_DROP:
		return 0;
	case DAMAGE_FLIP:
		out[0] = byte ^ (uint8_t)(1u << random % 8);
		return 1;
	case DAMAGE_DUPLICATE:
		out[0] = out[1] = byte;
		return 2;
	case DAMAGE_INSERT:
	case DAMAGE_INSERT_ZERO:
		out[0] = kind == DAMAGE_INSERT ? random : 0;
		out[1] = byte;
		return 2;
	default:
		out[0] = 0;
		return 1;
	}
}

size_t damage_single(void *context, uint8_t byte, uint8_t out[2])
{
	struct single_damage *damage = context;

	if (damage->passed++ == damage->at)
		return apply(damage->kind, byte, 0x5a, out);
	out[0] = byte;
	return 1;
}

size_t damage_bytes(void *context, uint8_t byte, uint8_t out[2])
{
	struct byte_damage *damage = context;
	uint32_t random = random_next(&damage->random);
	uint32_t choice = (uint32_t)((uint64_t)random * damage->one_in >> 32);

	if (choice < 4)
		return apply((enum damage_kind)choice, byte, (uint8_t)random, out);
	out[0] = byte;
	return 1;
}

size_t damage_chunks(void *context, uint8_t byte, uint8_t out[2])
{
	struct chunk_damage *damage = context;

	if (damage->position == damage->chunk)
		damage->position = 0;
	if (damage->position == 0)
		for (unsigned i = 0; i < 4; i++) {
			bool hit = random_next(&damage->random) % damage->one_in == 0;
			uint32_t at = random_next(&damage->random) % damage->chunk;

			damage->hit[i] = hit ? at : damage->chunk;
		}
	for (unsigned i = 0; i < 4; i++)
		if (damage->hit[i] == damage->position) {
			damage->position++;
			return apply((enum damage_kind)i, byte,
				     (uint8_t)random_next(&damage->random), out);
		}
	damage->position++;
	out[0] = byte;
	return 1;
}
