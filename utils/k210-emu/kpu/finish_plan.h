/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Prepares batch norm and activation of one output channel for 32-bit vectors.
 *
 * The rule is in 64 bits with possible overflow. For the parameters that compilers write, the range
 * of values a channel can reach proves that narrower arithmetic gives the same bytes:
 *  - the convolution value fits 32 bits;
 *  - a negative multiplier is replaced by negated values and a positive multiplier, so that the
 *    batch norm never decreases and the start of a segment becomes a threshold on the value itself;
 *  - segments that cannot be reached are left out, equal flat neighbours merged;
 *  - within a sloped segment the distance from its start fits 31 bits, so its low half is enough.
 * Where one of this does not hold the plan says exact_only and the scalar rule is used.
 */
#ifndef K210_EMU_KPU_FINISH_PLAN_H
#define K210_EMU_KPU_FINISH_PLAN_H

#include "job.h"

struct kpu_finish_plan {
	bool exact_only;
	struct kpu_batch_norm norm;
	int64_t channel_term;

	/* Vector form; v = (sum + pixel term + channel_term), negated if sign is -1. */
	int32_t sign;       /* 0 or -1 */
	int32_t limit;      /* v is cut to this; the result is 255 from there on */
	int32_t multiplier; /* >= 0 */
	unsigned norm_shift;
	unsigned segments;
	/* Segment i > 0 holds for v > above[i]; entries behind the last one are never reached. */
	int32_t above[K210_ACTIVATION_SEGMENTS];
	/* result = round(((v*multiplier >> norm_shift) + offset) * slope >> round_shift) + bias */
	int32_t offset[K210_ACTIVATION_SEGMENTS];
	int32_t slope[K210_ACTIVATION_SEGMENTS];
	int32_t bias[K210_ACTIVATION_SEGMENTS];
	unsigned round_shift;
	int64_t round_add; /* half, less one for ties to even */
	int64_t round_odd; /* 1 for ties to even: adds the lowest bit of the result; else 0 */
};

/* @sum_w is the sum of the channel's weights. */
void kpu_plan_finish(struct kpu_finish_plan *plan, const struct kpu_job *job, unsigned channel,
		     int64_t sum_w);

/*
 * The exact rule for @count pixels. @high_sums are the sums over the upper weight bytes, NULL for
 * 8-bit weights; @correction times the sum of samples is added to the sum of products.
 */
void kpu_finish_exact(const struct kpu_finish_plan *plan, const struct kpu_job *job,
		      const int32_t *sums, const int32_t *high_sums, const int32_t *samples,
		      int32_t correction, unsigned count, uint8_t *output);

#endif
