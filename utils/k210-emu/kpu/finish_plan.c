/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <string.h>

#include "finish_plan.h"

struct range {
	int64_t low, high;
};

/* Values that the convolution of a channel can reach, whatever the samples are. */
static struct range value_range(const struct kpu_finish_plan *plan, const struct kpu_job *job,
				int64_t sum_w)
{
	int64_t samples = 255 * (int64_t)kpu_weights_per_channel(&job->layer);
	int64_t term = kpu_pixel_term(&job->layer, samples);
	struct range range = { plan->channel_term, plan->channel_term + 255 * sum_w };

	if (term < 0)
		range.low += term;
	else
		range.high += term;
	return range;
}

/* Non-decreasing in @value; no overflow since |value| < 2^31 and multiplier <= 2^23. */
static int64_t normalise(const struct kpu_finish_plan *plan, int64_t value)
{
	return ((value * plan->multiplier) >> plan->norm_shift) + plan->norm.addend;
}

/* Highest value that batch norm takes to @normalised or below; multiplier above 0. */
static int64_t highest_value_up_to(const struct kpu_finish_plan *plan, int64_t normalised)
{
	int64_t bound = (normalised - plan->norm.addend + 1) * ((int64_t)1 << plan->norm_shift) - 1;
	int64_t quotient = bound / plan->multiplier;

	return quotient * plan->multiplier > bound ? quotient - 1 : quotient;
}

static bool uses_common_shift(struct kpu_finish_plan *plan, const struct kpu_segment *segment)
{
	for (unsigned i = 0; i < plan->segments; i++) {
		if (plan->slope[i] != 0)
			return plan->round_shift == segment->shift;
	}
	plan->round_shift = segment->shift;
	return true;
}

/* Result before rounding off the last bit and adding the bias, bounded to what 32 bits can add. */
static bool product_fits(const struct kpu_segment *segment, int64_t distance)
{
	return (distance * segment->slope) >> segment->shift < INT32_MAX - 256;
}

static bool add_sloped(struct kpu_finish_plan *plan, const struct kpu_segment *segment,
		       struct range reached, bool last)
{
	if (segment->slope < 0 || segment->shift < 1 || segment->shift > 62 ||
	    reached.low < segment->start || !uses_common_shift(plan, segment))
		return false;
	if (reached.high - segment->start > INT32_MAX) {
		if (!last || plan->multiplier == 0)
			return false;
		int64_t limit = highest_value_up_to(plan, segment->start + INT32_MAX);

		reached.high = normalise(plan, limit);
		int64_t distance = reached.high - segment->start;

		if (distance <= 0 ||
		    ((distance * segment->slope) >> segment->shift) + segment->bias < 255)
			return false;
		plan->limit = (int32_t)limit;
	}
	if (!product_fits(segment, reached.high - segment->start))
		return false;
	plan->offset[plan->segments] =
		(int32_t)(uint32_t)(uint64_t)(plan->norm.addend - segment->start);
	plan->slope[plan->segments] = segment->slope;
	return true;
}

/* @reached: normalised values in the range of the channel for which the segment is chosen. */
static bool add_segment(struct kpu_finish_plan *plan, const struct kpu_segment *segment,
			struct range reached, bool last)
{
	unsigned i = plan->segments;

	if (segment->slope == 0) {
		if (i > 0 && plan->slope[i - 1] == 0 && plan->bias[i - 1] == segment->bias)
			return true;
		plan->offset[i] = 0;
		plan->slope[i] = 0;
	} else if (!add_sloped(plan, segment, reached, last)) {
		return false;
	}
	plan->bias[i] = segment->bias;
	if (i > 0)
		plan->above[i] = (int32_t)highest_value_up_to(plan, segment->start);
	plan->segments = i + 1;
	return true;
}

/*
 * Entry i is chosen for start[i] < T <= lowest start behind it. These intervals touch each other,
 * also in a table that is not sorted, and the first entry takes everything below them.
 */
static bool add_reachable_segments(struct kpu_finish_plan *plan,
				   const struct kpu_activation *activation, struct range range)
{
	int64_t upper[K210_ACTIVATION_SEGMENTS];
	int64_t lowest = INT64_MAX;

	for (unsigned i = K210_ACTIVATION_SEGMENTS; i-- > 0;) {
		upper[i] = lowest;
		if (activation->segment[i].start < lowest)
			lowest = activation->segment[i].start;
	}
	for (unsigned i = 0; i < K210_ACTIVATION_SEGMENTS; i++) {
		const struct kpu_segment *segment = &activation->segment[i];
		struct range reached = range;

		if (i > 0 && segment->start + 1 > reached.low)
			reached.low = segment->start + 1;
		if (upper[i] < reached.high)
			reached.high = upper[i];
		if (reached.low > reached.high)
			continue;
		if (!add_segment(plan, segment, reached, reached.high == range.high))
			return false;
	}
	return true;
}

static bool plan_vectors(struct kpu_finish_plan *plan, const struct kpu_job *job, int64_t sum_w)
{
	struct range range = value_range(plan, job, sum_w);

	if (range.low < -INT32_MAX || range.high > INT32_MAX)
		return false;
	plan->multiplier = plan->norm.multiplier;
	plan->norm_shift = plan->norm.shift;
	plan->limit = INT32_MAX;
	plan->round_shift = 1;
	if (plan->multiplier < 0) {
		range = (struct range){ -range.high, -range.low };
		plan->multiplier = -plan->multiplier;
		plan->sign = -1;
	}
	range = (struct range){ normalise(plan, range.low), normalise(plan, range.high) };
	if (!add_reachable_segments(plan, &job->activation, range))
		return false;
	for (unsigned i = plan->segments; i < K210_ACTIVATION_SEGMENTS; i++)
		plan->above[i] = INT32_MAX;
	plan->round_add = (int64_t)1 << (plan->round_shift - 1);
	if (job->rounding == KPU_ROUND_HALF_EVEN) {
		plan->round_add--;
		plan->round_odd = 1;
	}
	return true;
}

void kpu_plan_finish(struct kpu_finish_plan *plan, const struct kpu_job *job, unsigned channel,
		     int64_t sum_w)
{
	memset(plan, 0, sizeof(*plan));
	plan->norm = kpu_decode_batch_norm(job->batch_norm +
					   K210_BATCH_NORM_BYTES_PER_CHANNEL * channel);
	plan->channel_term = kpu_channel_term(&job->layer, sum_w);
	plan->exact_only = !plan_vectors(plan, job, sum_w);
}

void kpu_finish_exact(const struct kpu_finish_plan *plan, const struct kpu_job *job,
		      const int32_t *sums, const int32_t *high_sums, const int32_t *samples,
		      int32_t correction, unsigned count, uint8_t *output)
{
	for (unsigned i = 0; i < count; i++) {
		int64_t products = sums[i] + (int64_t)correction * samples[i];

		if (high_sums)
			products += 256 * (int64_t)high_sums[i];
		int64_t value =
			products + kpu_pixel_term(&job->layer, samples[i]) + plan->channel_term;

		output[i] = kpu_activate(&job->activation, kpu_normalise(&plan->norm, value),
					 job->rounding);
	}
}
