/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/cpu/random_values.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* SplitMix64 (Steele, Lea and Flood, 2014). */
uint64_t random_bits(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

unsigned random_below(struct random *random, unsigned bound)
{
	return (unsigned)((random_bits(random) >> 32) * bound >> 32);
}

uint64_t random_integer(struct random *random)
{
	static const uint64_t special[] = {
		0,
		1,
		2,
		UINT64_MAX,
		INT64_MAX,
		(uint64_t)INT64_MIN,
		INT32_MAX,
		(uint64_t)INT32_MIN,
		0x80000000u,
		0xffffffffu,
		0x100000000u,
		0x7fffffffffffffffu - 511,
		0x8000000000000400u,
		0x8000008000000000u,
		0xffffff8000000000u,
		0x0020000000000001u,
		0x01000001u,
	};

	switch (random_below(random, 4)) {
	case 0:
		return special[random_below(random, COUNT(special))];
	case 1:
		return random_bits(random) >> random_below(random, 64);
	case 2:
		return (uint64_t)((int64_t)random_bits(random) >> random_below(random, 64));
	default:
		return random_bits(random);
	}
}

/*
 * Builds an encoding out of fields: the exponent extreme, near one, or anywhere; the fraction
 * empty, full, with few bits (so that sums and products hit ties), or anything.
 */
static uint64_t compose(struct random *random, unsigned fraction_bits, unsigned exponent_bits)
{
	uint64_t fraction_mask = ((uint64_t)1 << fraction_bits) - 1;
	unsigned exponent_max = (1u << exponent_bits) - 1;
	unsigned bias = exponent_max >> 1;
	uint64_t sign = random_bits(random) & 1;
	uint64_t exponent;
	uint64_t fraction;

	switch (random_below(random, 8)) {
	case 0:
		exponent = 0;
		break;
	case 1:
		exponent = exponent_max;
		break;
	case 2:
		exponent = random_below(random, 2) ? 1 : exponent_max - 1;
		break;
	case 3:
		exponent = random_below(random, exponent_max + 1);
		break;
	case 4:
		exponent = bias + random_below(random, 70);
		break;
	case 5:
		exponent = bias / 2 + random_below(random, fraction_bits);
		break;
	default:
		exponent = bias - 4 + random_below(random, 8);
		break;
	}
	switch (random_below(random, 6)) {
	case 0:
		fraction = 0;
		break;
	case 4: /* small numbers with a half or a quarter */
		fraction = random_bits(random) << (fraction_bits - 1 - random_below(random, 4));
		break;
	case 1:
		fraction = fraction_mask;
		break;
	case 2:
		fraction = (uint64_t)1 << random_below(random, fraction_bits);
		break;
	case 3:
		fraction = random_bits(random) << random_below(random, fraction_bits);
		break;
	default:
		fraction = random_bits(random);
		break;
	}
	return (sign << exponent_bits | exponent) << fraction_bits | (fraction & fraction_mask);
}

uint64_t random_double(struct random *random)
{
	return compose(random, 52, 11);
}

uint64_t random_single(struct random *random)
{
	uint64_t bits = compose(random, 23, 8);

	return random_below(random, 20) ? bits | 0xffffffff00000000u : bits;
}
