/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/lib/fake_flash.h"

#include <stdint.h>
#include <string.h>

#include "link/bytes.h"
#include "link/crc.h"

uint8_t fake_flash_cells[FAKE_FLASH_BYTES];
struct kpu_load_flash_arguments fake_flash_load;
uint32_t fake_flash_bytes_read;
unsigned fake_flash_busy, fake_flash_streams;
uint32_t fake_flash_withheld;
struct fake_flash_change fake_flash_change;

static bool range_of(const struct kpu_board_request *request, struct kpu_flash_range *range)
{
	return kpu_decode_flash_range(request->arguments, request->argument_length, range) &&
	       range->address <= FAKE_FLASH_BYTES &&
	       range->length <= FAKE_FLASH_BYTES - range->address;
}

bool fake_flash_bulk(struct kpu_board_request *request, uint32_t offset, const uint8_t *data,
		     size_t length)
{
	struct kpu_flash_range range;

	if (range_of(request, &range) && offset + length <= range.length)
		for (size_t i = 0; i < length; i++)
			fake_flash_cells[range.address + offset + i] &= data[i];
	return true;
}

static void answer_info(struct kpu_board *board, struct kpu_board_request *request)
{
	struct kpu_flash_chip chip = { .jedec_id = 0xc86016,
				       .size = FAKE_FLASH_BYTES,
				       .unique_id = 7,
				       .erase_bytes = 4096,
				       .program_bytes = 256,
				       .clock_hz = 50000000 };
	uint8_t bytes[64];

	kpu_board_reply(board, request, 0, bytes, kpu_encode_flash_chip(bytes, &chip));
}

static void answer_load(struct kpu_board *board, struct kpu_board_request *request)
{
	struct kpu_load_result result = { .version = 3, .model = 77, .max_runs_in_flight = 2 };
	uint8_t bytes[KPU_WIRE_RESULTS_MAX];
	bool good = kpu_decode_load_flash_arguments(request->arguments, request->argument_length,
						    &fake_flash_load);

	kpu_board_reply(board, request, good ? 0 : KPU_STATUS_PARAM, bytes,
			kpu_encode_load_result(bytes, &result));
}

bool fake_flash_complete(struct kpu_board *board, struct kpu_board_request *request)
{
	struct kpu_flash_range range;
	bool is_ours =
		request->opcode == KPU_OP_MODEL_LOAD_FLASH ||
		(request->opcode >= KPU_OP_FLASH_INFO && request->opcode <= KPU_OP_FLASH_CHECK);
	uint8_t bytes[4];

	if (is_ours && fake_flash_busy) {
		fake_flash_busy--;
		kpu_board_reply(board, request, KPU_STATUS_BUSY, NULL, 0);
		return true;
	}
	if ((request->opcode == KPU_OP_FLASH_WRITE || request->opcode == KPU_OP_FLASH_ERASE) &&
	    fake_flash_streams) {
		fake_flash_streams--;
		kpu_board_reply(board, request, KPU_STATUS_BUSY, NULL, 0);
		return true;
	}
	if (request->opcode == KPU_OP_FLASH_INFO) {
		answer_info(board, request);
		return true;
	}
	if (request->opcode == KPU_OP_MODEL_LOAD_FLASH) {
		answer_load(board, request);
		return true;
	}
	if (request->opcode < KPU_OP_FLASH_READ || request->opcode > KPU_OP_FLASH_CHECK)
		return false;
	if (!range_of(request, &range)) {
		kpu_board_reply(board, request, KPU_STATUS_PARAM, NULL, 0);
		return true;
	}
	if (request->opcode == KPU_OP_FLASH_READ) {
		request->owner = (void *)(uintptr_t)range.address;
		fake_flash_bytes_read += range.length;
		if (fake_flash_change.reads && --fake_flash_change.reads == 0)
			kpu_put_u32(fake_flash_cells + fake_flash_change.address,
				    fake_flash_change.word);
		kpu_board_send_bulk(board, request,
				    range.length - (fake_flash_withheld < range.length
							    ? fake_flash_withheld
							    : range.length));
	} else if (request->opcode == KPU_OP_FLASH_ERASE) {
		memset(fake_flash_cells + range.address, 0xff, range.length);
	} else if (request->opcode == KPU_OP_FLASH_CHECK) {
		kpu_put_u32(bytes, kpu_crc32(KPU_CRC32_START, fake_flash_cells + range.address,
					     range.length));
		kpu_board_reply(board, request, 0, bytes, 4);
		return true;
	}
	kpu_board_reply(board, request, 0, NULL, 0);
	return true;
}

size_t fake_flash_produce(struct kpu_board_request *request, uint32_t offset, uint8_t *out,
			  size_t room)
{
	memcpy(out, fake_flash_cells + (uintptr_t)request->owner + offset, room);
	return room;
}
