/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The rate of the line. Whether a bridge, a cable and the board's divider agree is only known after
 * bytes have gone both ways: patterns there, inverted back, each frame with its CRC.
 */
#include "lib/boot/boot.h"
#include "lib/error.h"
#include "link/bytes.h"
#include "link/first_stage.h"

static const uint32_t rates[] = {
	4500000, 3000000, 2000000, 1500000, 921600, 460800, 230400, K210_ISP_BAUD,
};
#define RATES (sizeof(rates) / sizeof(rates[0]))

static const uint16_t pattern_sizes[] = { 32, 64, 128, 256, 512, 1024 };
#define PATTERNS (sizeof(pattern_sizes) / sizeof(pattern_sizes[0]))
/* Nothing works after the first frames: do not wait for the others. */
#define PATTERNS_IN_VAIN 2
/*
 * A rate that does not work costs the first, twice. Once one pattern is back the others may be
 * late: a computer that is busy must not make a good rate look bad.
 */
#define PATTERN_ANSWER_US 100000u
#define PATTERN_LATE_US   250000u
/* Longest time for a pattern on the line, as part of a second. */
#define PATTERN_SHARE 50
#define SWITCHES_MAX  3u
#define HELLO_TRIES   4u
/* For a bridge to have switched. */
#define SWITCH_US 2000u

static void fill_pattern(uint8_t *bytes, size_t size, uint32_t seed)
{
	/* Ends that are hard for a receiver, the delimiters, then noise (xorshift32). */
	static const uint8_t hard[] = { 0x00, 0xff, 0x55, 0xaa, 0x01, 0x80, 0xfe, 0x7f,
					0x00, 0x00, 0xff, 0xff, 0xc0, 0xdb, 0xdc, 0xdd };

	for (size_t i = 0; i < size; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 17;
		seed ^= seed << 5;
		bytes[i] = i < 2 * sizeof(hard) ? hard[i % sizeof(hard)] : (uint8_t)(seed >> 11);
	}
}

/* 1: it came back right, 0: not. */
static int test_pattern(struct kpu_boot *boot, unsigned number, uint32_t patience_us)
{
	uint8_t pattern[K210_ISP_DATA_MAX];
	size_t size = pattern_sizes[number], most = boot->baud / 10 / PATTERN_SHARE;
	struct kpu_stage_answer answer;
	int rc;

	if (size > most)
		size = most;
	fill_pattern(pattern, size, boot->baud + number);
	rc = kpu_stage_ask(boot, KPU_STAGE_PATTERN, number, pattern, size, 1, patience_us, &answer);
	if (rc <= 0)
		return rc;
	if (answer.value != number || answer.size != size)
		return 0;
	for (size_t i = 0; i < size; i++) {
		if ((answer.data[i] ^ pattern[i]) != 0xff)
			return 0;
	}
	return 1;
}

/* How many were lost. */
static int test_patterns(struct kpu_boot *boot)
{
	int lost = 0;

	for (unsigned i = 0; i < PATTERNS; i++) {
		bool works = lost < (int)i;
		int rc = test_pattern(boot, i, works ? PATTERN_LATE_US : PATTERN_ANSWER_US);

		if (rc < 0)
			return rc;
		lost += rc == 0;
		if (lost == PATTERNS_IN_VAIN && lost == (int)i + 1)
			return PATTERNS;
	}
	return lost;
}

/* The port can be set to it. */
static bool port_does(struct kpu_boot *boot, uint32_t baud)
{
	uint32_t before = boot->baud;
	bool does = kpu_boot_set_baud(boot, baud) == 0;

	kpu_boot_set_baud(boot, before);
	return does;
}

/*
 * Both ends to @baud. 1: the board has agreed. 0: it refuses. 2: no answer, which may mean that it
 * has agreed; asking again would only use up the time that it gives the new rate.
 */
static int switch_rate(struct kpu_boot *boot, uint32_t baud)
{
	struct kpu_stage_answer answer;
	int asked = kpu_stage_ask(boot, KPU_STAGE_SET_RATE, baud, NULL, 0, 1, KPU_STAGE_ANSWER_US,
				  &answer);
	int rc;

	if (asked < 0)
		return asked;
	if (asked && (answer.status != KPU_STAGE_OK || !answer.value))
		return 0;
	rc = kpu_boot_set_baud(boot, baud);
	if (rc < 0)
		return kpu_boot_port_error(boot, rc);
	boot->port->ops->sleep(boot->port, SWITCH_US);
	return asked ? 1 : 2;
}

/*
 * 1: the board says that it is at the port's rate. An answer may have waited in the bridge since
 * before the rate was changed: what it says is what counts.
 */
static int hello(struct kpu_boot *boot, unsigned tries, uint32_t timeout_us)
{
	struct kpu_stage_answer answer;

	for (unsigned attempt = 0; attempt < tries; attempt++) {
		int rc = kpu_stage_ask(boot, KPU_STAGE_HELLO, 0, NULL, 0, 1, timeout_us, &answer);

		if (rc < 0 || (rc && answer.size >= 4 && kpu_get_u32(answer.data) == boot->baud))
			return rc;
	}
	return 0;
}

/*
 * A board that @hears is asked to; it also goes there by itself when it hears nothing that is
 * right.
 */
static int back_to_start(struct kpu_boot *boot, bool hears)
{
	uint64_t end = kpu_boot_now(boot) + (KPU_STAGE_IDLE_MS + 1000) * 1000ull;
	struct kpu_stage_answer answer;
	uint32_t healed = boot->result->errors_healed;
	int rc = 0;

	if (hears)
		rc = kpu_stage_ask(boot, KPU_STAGE_SET_RATE, K210_ISP_BAUD, NULL, 0, 1,
				   PATTERN_ANSWER_US, &answer);
	if (rc < 0)
		return rc;
	rc = kpu_boot_set_baud(boot, K210_ISP_BAUD);
	if (rc < 0)
		return kpu_boot_port_error(boot, rc);
	do {
		rc = hello(boot, 1, KPU_STAGE_ANSWER_US / 3);
		if (rc < 0)
			return rc;
		if (rc) {
			boot->result->errors_healed = healed;
			return 0;
		}
	} while (kpu_boot_now(boot) < end);
	return kpu_fail(boot->error, KPU_ERR_TIMEOUT, "the board was lost while rates were tried");
}

/* How many patterns are lost at a rate, all if it is not possible at all. Stays there. */
static int try_rate(struct kpu_boot *boot, uint32_t baud)
{
	uint32_t healed = boot->result->errors_healed;
	int rc = PATTERNS;

	if (!port_does(boot, baud)) {
		kpu_boot_log(boot, "%u baud: the port does not do it", baud);
		return PATTERNS;
	}
	for (unsigned attempt = 0; attempt < SWITCHES_MAX; attempt++) {
		int agreed = switch_rate(boot, baud);

		if (agreed <= 0)
			return agreed < 0 ? agreed : (int)PATTERNS;
		rc = test_patterns(boot);
		if (rc != (int)PATTERNS || agreed == 1)
			break;
		rc = back_to_start(boot, false);
		if (rc < 0)
			break;
		rc = PATTERNS;
	}
	/* A bridge that kept its old rate and a board that has gone back to it get on well. */
	if (rc >= 0 && rc < (int)PATTERNS) {
		int is_there = hello(boot, HELLO_TRIES, PATTERN_ANSWER_US);

		if (is_there <= 0)
			rc = is_there < 0 ? is_there : (int)PATTERNS;
	}
	/* Frames that a rate loses which is not used are no errors. */
	if (rc > 0)
		boot->result->errors_healed = healed;
	if (rc >= 0)
		kpu_boot_log(
			boot, "%u baud: %d of %zu patterns %s", baud, (int)PATTERNS - rc, PATTERNS,
			rc == (int)PATTERNS ? "come back, it does not work" : "come back right");
	return rc;
}

static uint32_t highest_rate(const struct kpu_boot *boot)
{
	uint32_t limit = boot->board && boot->board->max_rate ? boot->board->max_rate : rates[0];

	if (boot->options->max_rate && boot->options->max_rate < limit)
		limit = boot->options->max_rate;
	return limit;
}

/* To a rate that is known to work. */
static int return_to(struct kpu_boot *boot, uint32_t baud)
{
	int rc = 0;

	for (unsigned attempt = 0; attempt < SWITCHES_MAX && rc == 0; attempt++) {
		rc = switch_rate(boot, baud);
		if (rc <= 0)
			return rc;
		rc = hello(boot, 3, PATTERN_ANSWER_US / 2);
		if (rc == 0)
			rc = back_to_start(boot, false);
	}
	return rc < 0 ? rc : 0;
}

/*
 * From @limit down. Losses may also be noise, which lower rates do not cure: a rate that lets some
 * patterns through is left for the next one only if that is clearly better.
 */
static int raise_below(struct kpu_boot *boot, uint32_t limit)
{
	int best_lost = PATTERNS;
	uint32_t best = 0;

	for (unsigned i = 0; i < RATES && rates[i] > K210_ISP_BAUD; i++) {
		int lost, rc;

		if (rates[i] > limit)
			continue;
		lost = try_rate(boot, rates[i]);
		if (lost <= 0 || (best && 2 * lost < best_lost))
			return lost < 0 ? lost : 0;
		if (boot->baud != K210_ISP_BAUD) {
			rc = back_to_start(boot, lost < (int)PATTERNS);
			if (rc < 0)
				return rc;
		}
		if (best)
			break;
		if (lost < (int)PATTERNS) {
			best_lost = lost;
			best = rates[i];
		}
	}
	return best ? return_to(boot, best) : 0;
}

int kpu_stage_raise_rate(struct kpu_boot *boot)
{
	int rc = raise_below(boot, highest_rate(boot));

	boot->result->rate = boot->baud;
	return rc < 0 ? rc : 0;
}

int kpu_stage_lower_rate(struct kpu_boot *boot)
{
	uint32_t limit = boot->baud - 1;
	int rc = 0;

	if (boot->baud == K210_ISP_BAUD)
		return 0;
	rc = back_to_start(boot, true);
	if (rc == 0)
		rc = raise_below(boot, limit);
	boot->result->rate = boot->baud;
	return rc < 0 ? rc : 0;
}
