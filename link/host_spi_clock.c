/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Choice of the SPI clock. From a slow start it is raised step by step; at each step the board
 * sends patterns back. The fastest clock that returns all of them is taken, and a slower one when
 * exchanges keep failing later.
 */
#include "link/bytes.h"
#include "link/host_spi_private.h"

#define TESTS_PER_STEP 8u
/* A single flipped bit is no reason to stay slow. */
#define FAILURES_PER_STEP 3u
#define PATTERN_BYTES_MAX 512u
/* Each failure counts so much, each success takes one away. */
#define TROUBLE_FAILURE 8u
#define TROUBLE_LIMIT   64u
/* A clock that failed once may have met a passing disturbance; one that never works is asked for
 * more and more rarely. */
#define CLEAN_FIRST 1024u
#define CLEAN_MAX   (1u << 20)

/* Dividers of common controllers reach these or a little less. */
static const uint32_t steps[] = { 1000000,  2000000,  4000000,  5000000,  8000000,
				  10000000, 12500000, 16000000, 20000000, 25000000 };

#define STEPS (sizeof(steps) / sizeof(steps[0]))

static uint32_t next_above(const struct kpu_spi_host *spi, uint32_t hz)
{
	for (size_t i = 0; i < STEPS; i++)
		if (steps[i] > hz)
			return steps[i] < spi->config.hz_max ? steps[i] : spi->config.hz_max;
	return spi->config.hz_max;
}

/* A transfer with less the controller refuses. */
static uint32_t at_least_slowest(const struct kpu_spi_host *spi, uint32_t hz)
{
	return hz > spi->config.hz_min ? hz : spi->config.hz_min;
}

static uint32_t next_below(const struct kpu_spi_host *spi)
{
	uint32_t below = spi->hz / 2;

	for (size_t i = 0; i < STEPS; i++)
		if (steps[i] < spi->hz)
			below = steps[i];
	return at_least_slowest(spi, below ? below : 1);
}

void kpu_spi_tuning_begin(struct kpu_spi_host *spi)
{
	uint32_t start = at_least_slowest(spi, KPU_SPI_HZ_START);

	spi->hz = start < spi->config.hz_max ? start : spi->config.hz_max;
	spi->passing_hz = 0;
	spi->tuning = true;
	spi->clean = 0;
	spi->clean_wanted = CLEAN_FIRST;
	/* One more at the start: the first exchange tells the size of frames. */
	spi->tests_left = TESTS_PER_STEP + 1;
}

static uint32_t next_random(uint32_t *state)
{
	uint32_t x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*state = x;
	return x;
}

static void fill_pattern(uint32_t seed, uint8_t *bytes, size_t length)
{
	/* Edges at half and a quarter of the clock, long runs, and noise. */
	static const uint32_t words[] = { 0x55555555, 0xaaaaaaaa, 0x33333333, 0x00000000,
					  0xffffffff, 0x0f0f0f0f, 0x00ff00ff, 0x80000001 };

	for (size_t i = 0; i + 4 <= length; i += 4) {
		uint32_t noise = next_random(&seed);

		kpu_put_u32(bytes + i, i / 4 % 2 ? noise : words[i / 8 % 8]);
	}
}

size_t kpu_spi_tuning_body(struct kpu_spi_host *spi, uint8_t *body, size_t room)
{
	size_t length = room < PATTERN_BYTES_MAX ? room & ~(size_t)3 : PATTERN_BYTES_MAX;

	if (length > spi->config.room - KPU_SPI_HEADER_BYTES)
		length = spi->config.room - KPU_SPI_HEADER_BYTES;
	next_random(&spi->random);
	fill_pattern(spi->random, body, length);
	return length;
}

static bool pattern_intact(const struct kpu_spi_host *spi, const struct kpu_spi_header *header)
{
	const uint8_t *body = spi->config.in + KPU_SPI_HEADER_BYTES;
	uint8_t expected[PATTERN_BYTES_MAX];

	if (!header || !(header->flags & KPU_SPI_FLAG_LOOPBACK) ||
	    header->length != spi->read - KPU_SPI_HEADER_BYTES ||
	    header->length > PATTERN_BYTES_MAX)
		return false;
	fill_pattern(spi->random, expected, header->length);
	return memcmp(body, expected, header->length) == 0;
}

static void settle(struct kpu_spi_host *spi, uint32_t hz)
{
	spi->hz = hz;
	spi->tuning = false;
	spi->trouble = 0;
	if (spi->ops->clock_changed)
		spi->ops->clock_changed(spi->context, hz);
}

static void pattern_failed(struct kpu_spi_host *spi, bool answered)
{
	if (++spi->test_failures < FAILURES_PER_STEP)
		return;
	spi->test_failures = 0;
	spi->tests_left = TESTS_PER_STEP;
	if (spi->passing_hz)
		settle(spi, spi->passing_hz);
	else if (answered && spi->hz > KPU_SPI_HZ_START / 16)
		/* Without any answer the board may just not be there. */
		spi->hz = at_least_slowest(spi, spi->hz / 2);
}

void kpu_spi_tuning_result(struct kpu_spi_host *spi, const struct kpu_spi_header *header)
{
	/* Held by another host's line: nothing to learn until that one lets go. */
	if (header && (header->flags & KPU_SPI_FLAG_BUSY))
		return;
	if (!pattern_intact(spi, header)) {
		pattern_failed(spi, header != NULL);
		return;
	}
	if (--spi->tests_left)
		return;
	spi->test_failures = 0;
	spi->passing_hz = spi->hz;
	if (spi->hz >= spi->config.hz_max) {
		settle(spi, spi->hz);
		return;
	}
	spi->hz = next_above(spi, spi->hz);
	spi->tests_left = TESTS_PER_STEP;
}

static void try_faster(struct kpu_spi_host *spi)
{
	spi->clean = 0;
	if (spi->clean_wanted < CLEAN_MAX)
		spi->clean_wanted *= 2;
	spi->passing_hz = spi->hz;
	spi->hz = next_above(spi, spi->hz);
	spi->tuning = true;
	spi->tests_left = TESTS_PER_STEP;
	spi->test_failures = 0;
}

void kpu_spi_no_trouble(struct kpu_spi_host *spi)
{
	if (spi->trouble)
		spi->trouble--;
	if (spi->hz < spi->config.hz_max && ++spi->clean >= spi->clean_wanted)
		try_faster(spi);
}

void kpu_spi_trouble(struct kpu_spi_host *spi)
{
	if (spi->tuning || !spi->known)
		return;
	spi->clean = 0;
	spi->trouble += TROUBLE_FAILURE;
	if (spi->trouble < TROUBLE_LIMIT)
		return;
	spi->trouble = 0;
	if (spi->hz <= at_least_slowest(spi, KPU_SPI_HZ_START))
		return;
	spi->counters.clock_steps++;
	spi->failures = 0;
	settle(spi, next_below(spi));
}
