/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "link/commands.h"

#include "link/bytes.h"

#define INFO_BYTES          72u
#define INFO_BYTES_LEAST    68u /* without stack_unused */
#define MEMORY_BYTES        14u
#define LOAD_ARGUMENT_BYTES 8u
#define FLASH_CHIP_BYTES    28u
#define FLASH_RANGE_BYTES   8u
#define LOAD_FLASH_BYTES    20u
#define LOAD_RESULT_BYTES   24u /* and the text of the problem */
#define RUN_ARGUMENT_BYTES  12u /* and 8 for each tap */
#define TAP_BYTES           8u
#define RUN_RESULT_BYTES    28u /* and 12 for each tap */
#define TAP_RESULT_BYTES    12u
#define COUNTER_BYTES       64u

/* A place in a buffer; the fields follow one another without padding. */
struct writer {
	uint8_t *at;
};

struct reader {
	const uint8_t *at;
};

static void write16(struct writer *w, uint16_t value)
{
	kpu_put_u16(w->at, value);
	w->at += 2;
}

static void write32(struct writer *w, uint32_t value)
{
	kpu_put_u32(w->at, value);
	w->at += 4;
}

static void write64(struct writer *w, uint64_t value)
{
	kpu_put_u64(w->at, value);
	w->at += 8;
}

static uint16_t read16(struct reader *r)
{
	r->at += 2;
	return kpu_get_u16(r->at - 2);
}

static uint32_t read32(struct reader *r)
{
	r->at += 4;
	return kpu_get_u32(r->at - 4);
}

static uint64_t read64(struct reader *r)
{
	r->at += 8;
	return kpu_get_u64(r->at - 8);
}

size_t kpu_encode_board_info(uint8_t *out, const struct kpu_board_info *info)
{
	struct writer w = { out };

	write32(&w, info->firmware_version);
	write32(&w, info->features);
	write32(&w, info->cpu_hz);
	write32(&w, info->kpu_hz);
	write64(&w, info->boot_id);
	write32(&w, info->reset_cause);
	write32(&w, info->uptime_ms);
	write32(&w, info->memory_total);
	write32(&w, info->firmware_bytes);
	write16(&w, info->max_models);
	write16(&w, info->max_runs_in_flight);
	write32(&w, info->line_baud);
	write32(&w, info->last_crash_pc);
	memcpy(w.at, info->name, sizeof(info->name));
	w.at += sizeof(info->name);
	write32(&w, info->stack_unused);
	return INFO_BYTES;
}

bool kpu_decode_board_info(const uint8_t *in, size_t length, struct kpu_board_info *info)
{
	struct reader r = { in };

	if (length < INFO_BYTES_LEAST)
		return false;
	info->firmware_version = read32(&r);
	info->features = read32(&r);
	info->cpu_hz = read32(&r);
	info->kpu_hz = read32(&r);
	info->boot_id = read64(&r);
	info->reset_cause = read32(&r);
	info->uptime_ms = read32(&r);
	info->memory_total = read32(&r);
	info->firmware_bytes = read32(&r);
	info->max_models = read16(&r);
	info->max_runs_in_flight = read16(&r);
	info->line_baud = read32(&r);
	info->last_crash_pc = read32(&r);
	memcpy(info->name, r.at, sizeof(info->name));
	info->name[sizeof(info->name) - 1] = 0;
	r.at += sizeof(info->name);
	info->stack_unused = length < INFO_BYTES ? 0 : read32(&r);
	return true;
}

size_t kpu_encode_memory_info(uint8_t *out, const struct kpu_memory_info *info)
{
	struct writer w = { out };

	write32(&w, info->total);
	write32(&w, info->free);
	write32(&w, info->largest_free);
	write16(&w, info->models);
	return MEMORY_BYTES;
}

bool kpu_decode_memory_info(const uint8_t *in, size_t length, struct kpu_memory_info *info)
{
	struct reader r = { in };

	if (length < MEMORY_BYTES)
		return false;
	info->total = read32(&r);
	info->free = read32(&r);
	info->largest_free = read32(&r);
	info->models = read16(&r);
	return true;
}

size_t kpu_encode_flash_chip(uint8_t *out, const struct kpu_flash_chip *chip)
{
	struct writer w = { out };

	write32(&w, chip->jedec_id);
	write32(&w, chip->size);
	write64(&w, chip->unique_id);
	write32(&w, chip->erase_bytes);
	write32(&w, chip->program_bytes);
	write32(&w, chip->clock_hz);
	return FLASH_CHIP_BYTES;
}

/* Users divide by the sector and add it to addresses, which must not wrap around. */
static bool flash_chip_is_valid(const struct kpu_flash_chip *chip)
{
	uint32_t sector = chip->erase_bytes;

	if (chip->size == 0)
		return true;
	return chip->size <= KPU_FLASH_CHIP_MAX && sector && (sector & (sector - 1)) == 0 &&
	       sector <= KPU_FLASH_PIECE_MAX && chip->size % sector == 0;
}

bool kpu_decode_flash_chip(const uint8_t *in, size_t length, struct kpu_flash_chip *chip)
{
	struct reader r = { in };

	if (length < FLASH_CHIP_BYTES)
		return false;
	chip->jedec_id = read32(&r);
	chip->size = read32(&r);
	chip->unique_id = read64(&r);
	chip->erase_bytes = read32(&r);
	chip->program_bytes = read32(&r);
	chip->clock_hz = read32(&r);
	return flash_chip_is_valid(chip);
}

size_t kpu_encode_flash_range(uint8_t *out, const struct kpu_flash_range *range)
{
	struct writer w = { out };

	write32(&w, range->address);
	write32(&w, range->length);
	return FLASH_RANGE_BYTES;
}

bool kpu_decode_flash_range(const uint8_t *in, size_t length, struct kpu_flash_range *range)
{
	struct reader r = { in };

	if (length < FLASH_RANGE_BYTES)
		return false;
	range->address = read32(&r);
	range->length = read32(&r);
	return true;
}

size_t kpu_encode_load_flash_arguments(uint8_t *out,
				       const struct kpu_load_flash_arguments *arguments)
{
	struct writer w = { out };

	write32(&w, arguments->address);
	write32(&w, arguments->size);
	write32(&w, arguments->flags);
	write32(&w, arguments->batch_bytes);
	write32(&w, arguments->clock_hz);
	return LOAD_FLASH_BYTES;
}

bool kpu_decode_load_flash_arguments(const uint8_t *in, size_t length,
				     struct kpu_load_flash_arguments *out)
{
	struct reader r = { in };

	if (length < LOAD_FLASH_BYTES)
		return false;
	out->address = read32(&r);
	out->size = read32(&r);
	out->flags = read32(&r);
	out->batch_bytes = read32(&r);
	out->clock_hz = read32(&r);
	return !(out->flags & ~(KPU_LOAD_FLASH_STREAM | KPU_LOAD_FLASH_DUAL_BUFFER));
}

size_t kpu_encode_load_arguments(uint8_t *out, const struct kpu_load_arguments *arguments)
{
	struct writer w = { out };

	write32(&w, arguments->size);
	write32(&w, arguments->crc32);
	return LOAD_ARGUMENT_BYTES;
}

bool kpu_decode_load_arguments(const uint8_t *in, size_t length, struct kpu_load_arguments *out)
{
	struct reader r = { in };

	if (length < LOAD_ARGUMENT_BYTES)
		return false;
	out->size = read32(&r);
	out->crc32 = read32(&r);
	return true;
}

size_t kpu_encode_load_result(uint8_t *out, const struct kpu_load_result *result)
{
	struct writer w = { out };
	size_t text = 0;

	write16(&w, result->model);
	write16(&w, result->version);
	write16(&w, result->layers);
	write16(&w, result->inputs);
	write16(&w, result->outputs);
	write16(&w, result->max_runs_in_flight);
	write32(&w, result->input_bytes);
	write32(&w, result->work_bytes);
	write32(&w, result->problem_layer);
	/* Only as much text as there is: a short result fits into the board's reply cache. */
	while (text < sizeof(result->problem) && result->problem[text])
		text++;
	memcpy(w.at, result->problem, text);
	return LOAD_RESULT_BYTES + text;
}

bool kpu_decode_load_result(const uint8_t *in, size_t length, struct kpu_load_result *result)
{
	struct reader r = { in };
	size_t text = length - LOAD_RESULT_BYTES;

	if (length < LOAD_RESULT_BYTES)
		return false;
	result->model = read16(&r);
	result->version = read16(&r);
	result->layers = read16(&r);
	result->inputs = read16(&r);
	result->outputs = read16(&r);
	result->max_runs_in_flight = read16(&r);
	result->input_bytes = read32(&r);
	result->work_bytes = read32(&r);
	result->problem_layer = read32(&r);
	if (text > sizeof(result->problem) - 1)
		text = sizeof(result->problem) - 1;
	memset(result->problem, 0, sizeof(result->problem));
	memcpy(result->problem, r.at, text);
	return true;
}

size_t kpu_encode_run_arguments(uint8_t *out, const struct kpu_run_arguments *arguments)
{
	uint16_t count = arguments->tap_count < KPU_TAPS_MAX ? arguments->tap_count : KPU_TAPS_MAX;
	struct writer w = { out };

	write16(&w, arguments->model);
	write16(&w, count);
	write32(&w, arguments->stop_layer);
	write32(&w, arguments->timeout_ms);
	for (unsigned i = 0; i < count; i++) {
		write16(&w, arguments->taps[i].kind);
		write16(&w, arguments->taps[i].index);
		write32(&w, arguments->taps[i].limit);
	}
	return RUN_ARGUMENT_BYTES + count * TAP_BYTES;
}

bool kpu_decode_run_arguments(const uint8_t *in, size_t length, struct kpu_run_arguments *out)
{
	struct reader r = { in };

	if (length < RUN_ARGUMENT_BYTES)
		return false;
	out->model = read16(&r);
	out->tap_count = read16(&r);
	out->stop_layer = read32(&r);
	out->timeout_ms = read32(&r);
	if (out->tap_count > KPU_TAPS_MAX ||
	    length < RUN_ARGUMENT_BYTES + out->tap_count * TAP_BYTES)
		return false;
	for (unsigned i = 0; i < out->tap_count; i++) {
		uint16_t kind = read16(&r);

		if (kind < KPU_TAP_OUTPUT || kind > KPU_TAP_PROFILE)
			return false;
		out->taps[i].kind = (uint8_t)kind;
		out->taps[i].index = read16(&r);
		out->taps[i].limit = read32(&r);
	}
	return true;
}

size_t kpu_encode_run_result(uint8_t *out, const struct kpu_run_result *result)
{
	uint16_t count = result->tap_count < KPU_TAPS_MAX ? result->tap_count : KPU_TAPS_MAX;
	struct writer w = { out };

	write32(&w, result->layers_run);
	write64(&w, result->cycles);
	write64(&w, result->kpu_cycles);
	write32(&w, result->problem_layer);
	write16(&w, count);
	write16(&w, 0);
	for (unsigned i = 0; i < count; i++) {
		const struct kpu_tap_result *tap = &result->taps[i];

		write32(&w, tap->length);
		write16(&w, tap->data_type);
		write16(&w, tap->width);
		write16(&w, tap->height);
		write16(&w, tap->channels);
	}
	return RUN_RESULT_BYTES + count * TAP_RESULT_BYTES;
}

bool kpu_decode_run_result(const uint8_t *in, size_t length, struct kpu_run_result *result)
{
	struct reader r = { in };

	if (length < RUN_RESULT_BYTES)
		return false;
	result->layers_run = read32(&r);
	result->cycles = read64(&r);
	result->kpu_cycles = read64(&r);
	result->problem_layer = read32(&r);
	result->tap_count = read16(&r);
	read16(&r);
	if (result->tap_count > KPU_TAPS_MAX ||
	    length < RUN_RESULT_BYTES + result->tap_count * TAP_RESULT_BYTES)
		return false;
	for (unsigned i = 0; i < result->tap_count; i++) {
		struct kpu_tap_result *tap = &result->taps[i];
		uint16_t type;

		tap->length = read32(&r);
		type = read16(&r);
		if (type > KPU_DATA_UINT32)
			return false;
		tap->data_type = (uint8_t)type;
		tap->width = read16(&r);
		tap->height = read16(&r);
		tap->channels = read16(&r);
	}
	return true;
}

/* In the order of the wire. */
#define FOR_EACH_COUNTER(apply)                                                                    \
	apply(bytes_sent) apply(bytes_received) apply(packets_sent) apply(packets_received)        \
		apply(retransmitted) apply(header_crc_errors) apply(payload_crc_errors)            \
			apply(frame_errors) apply(out_of_order) apply(duplicates) apply(naks_sent) \
				apply(naks_received) apply(timeouts) apply(window_stalls)          \
					apply(syncs) apply(overruns)

size_t kpu_encode_counters(uint8_t *out, const struct kpu_link_counters *counters)
{
	struct writer w = { out };

#define WRITE_COUNTER(name) write32(&w, counters->name);
	FOR_EACH_COUNTER(WRITE_COUNTER)
#undef WRITE_COUNTER
	return COUNTER_BYTES;
}

bool kpu_decode_counters(const uint8_t *in, size_t length, struct kpu_link_counters *counters)
{
	struct reader r = { in };

	if (length < COUNTER_BYTES)
		return false;
#define READ_COUNTER(name) counters->name = read32(&r);
	FOR_EACH_COUNTER(READ_COUNTER)
#undef READ_COUNTER
	return true;
}
