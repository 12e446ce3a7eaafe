/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Random numbers that are the same on every machine (PCG, M. E. O'Neill 2014, 32 bits of 64). */
#ifndef TOOLS_TRAIN_RANDOM_H
#define TOOLS_TRAIN_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint32_t random_u32(struct random *random)
{
	uint64_t old = random->state;
	uint32_t mixed = (uint32_t)(((old >> 18) ^ old) >> 27);
	uint32_t turn = (uint32_t)(old >> 59);

	random->state = old * 6364136223846793005ull + 1442695040888963407ull;
	return mixed >> turn | mixed << (-turn & 31);
}

static inline struct random random_start(uint64_t seed)
{
	struct random random = { seed * 2 + 1 };

	random_u32(&random);
	random.state += seed;
	random_u32(&random);
	return random;
}

/* 0 .. @below - 1. */
static inline unsigned random_below(struct random *random, unsigned below)
{
	return (unsigned)((uint64_t)random_u32(random) * below >> 32);
}

/* @least .. @most, all whole numbers alike. */
static inline int random_int(struct random *random, int least, int most)
{
	return least + (int)random_below(random, (unsigned)(most - least + 1));
}

static inline float random_float(struct random *random, float least, float most)
{
	return least + (most - least) * ((float)(random_u32(random) >> 8) / 16777216.0f);
}

/* True @percent times out of a hundred. */
static inline int random_chance(struct random *random, unsigned percent)
{
	return random_below(random, 100) < percent;
}

#endif
