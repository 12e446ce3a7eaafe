/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The board's flash from user space. */
#include <string.h>

#include "lib/engine.h"
#include "lib/error.h"
#include "link/bytes.h"
#include "link/wire.h"

/* Longest that chips need: a sector of 4 KiB up to 400 ms, a block of 64 KiB up to 2 s, a page 3 ms
 * (data sheets of the GD25LQ128 and W25Q128FW). */
#define ERASE_SECTOR_MS    400u
#define PROGRAM_MS_PER_KIB 12u
/* The board needs 0.1 ms; an emulated one in the real clock, on a busy computer, 4 ms. */
#define CHECK_MS_PER_KIB 8u

static void init_range(struct kpu_engine_call *call, struct kpu_backend *backend, uint16_t opcode,
		       uint32_t address, uint32_t size)
{
	struct kpu_flash_range range = { address, size };

	kpu_engine_call_init(call, (struct kpu_engine *)backend, opcode);
	call->transaction.argument_length =
		(uint16_t)kpu_encode_flash_range(call->transaction.arguments, &range);
}

static uint32_t timeout_ms(struct kpu_backend *backend, uint32_t line_bytes, uint32_t chip_ms)
{
	return KPU_LINE_PATIENCE * kpu_engine_line_ms((struct kpu_engine *)backend, line_bytes) +
	       2 * chip_ms + KPU_FLASH_PATIENCE_MS + KPU_CONTROL_TIMEOUT_MS;
}

int kpu_engine_flash_info(struct kpu_backend *backend, struct kpu_flash_info *info,
			  struct kpu_error *error)
{
	struct kpu_engine_call call;
	struct kpu_flash_chip chip;
	int rc;

	kpu_engine_call_init(&call, (struct kpu_engine *)backend, KPU_OP_FLASH_INFO);
	rc = kpu_engine_call(&call, KPU_CONTROL_TIMEOUT_MS, NULL, error);
	if (rc < 0)
		return rc;
	if (!kpu_decode_flash_chip(call.transaction.results, call.transaction.result_length, &chip))
		return kpu_fail(error, KPU_ERR_PROTOCOL,
				"the board's answer to FLASH_INFO is damaged");
	*info = (struct kpu_flash_info){
		.jedec_id = chip.jedec_id,
		.size = chip.size,
		.unique_id = chip.unique_id,
		.erase_bytes = chip.erase_bytes,
		.program_bytes = chip.program_bytes,
		.clock_hz = chip.clock_hz,
	};
	return 0;
}

int kpu_engine_flash_read(struct kpu_backend *backend, uint32_t address, void *data, uint32_t size,
			  struct kpu_error *error)
{
	struct kpu_engine_call call;
	int rc;

	init_range(&call, backend, KPU_OP_FLASH_READ, address, size);
	call.transaction.bulk_in = data;
	call.transaction.bulk_in_limit = size;
	call.transaction.repeatable = true;
	rc = kpu_engine_call(&call, timeout_ms(backend, size, 100), NULL, error);
	if (rc == 0 && call.transaction.bulk_in_length != size)
		rc = kpu_fail(error, KPU_ERR_PROTOCOL, "the board sent %u of %u bytes of the flash",
			      call.transaction.bulk_in_length, size);
	return rc;
}

int kpu_engine_flash_write(struct kpu_backend *backend, uint32_t address, const void *data,
			   uint32_t size, struct kpu_error *error)
{
	struct kpu_engine_call call;

	init_range(&call, backend, KPU_OP_FLASH_WRITE, address, size);
	call.transaction.bulk_out = data;
	call.transaction.bulk_out_length = size;
	return kpu_engine_call(&call,
			       timeout_ms(backend, size, (size / 1024 + 1) * PROGRAM_MS_PER_KIB),
			       NULL, error);
}

int kpu_engine_flash_erase(struct kpu_backend *backend, uint32_t address, uint32_t size,
			   struct kpu_error *error)
{
	struct kpu_engine_call call;

	init_range(&call, backend, KPU_OP_FLASH_ERASE, address, size);
	return kpu_engine_call(&call, timeout_ms(backend, 0, size / 4096 * ERASE_SECTOR_MS), NULL,
			       error);
}

int kpu_engine_flash_check(struct kpu_backend *backend, uint32_t address, uint32_t size,
			   uint32_t *crc32, struct kpu_error *error)
{
	struct kpu_engine_call call;
	int rc;

	init_range(&call, backend, KPU_OP_FLASH_CHECK, address, size);
	rc = kpu_engine_call(&call, timeout_ms(backend, 0, (size / 1024 + 1) * CHECK_MS_PER_KIB),
			     NULL, error);
	if (rc < 0)
		return rc;
	if (call.transaction.result_length < 4)
		return kpu_fail(error, KPU_ERR_PROTOCOL,
				"the board's answer to FLASH_CHECK is damaged");
	*crc32 = kpu_get_u32(call.transaction.results);
	return 0;
}

/* At least what the board allows itself, or its answer would come to nobody. */
uint32_t kpu_engine_load_flash_timeout_ms(uint32_t size)
{
	uint32_t read_ms = 2 * (size / 1024 + 1) * CHECK_MS_PER_KIB;

	return (read_ms > KPU_LOAD_FLASH_MS ? read_ms : KPU_LOAD_FLASH_MS) + KPU_FLASH_PATIENCE_MS +
	       KPU_RUN_TIMEOUT_MS;
}

int kpu_engine_load_flash(struct kpu_backend *backend, const struct kpu_backend_flash_model *where,
			  const struct kpu_load_options *options, uint32_t *model,
			  struct kpu_error *error)
{
	struct kpu_engine *engine = (struct kpu_engine *)backend;
	struct kpu_load_flash_arguments arguments = {
		.address = where->address,
		.size = where->size,
		.flags = (where->stream ? KPU_LOAD_FLASH_STREAM : 0) |
			 (where->dual_buffer ? KPU_LOAD_FLASH_DUAL_BUFFER : 0),
		.batch_bytes = where->batch_bytes,
		.clock_hz = where->clock_hz,
	};
	uint32_t generation = kpu_engine_generation(engine);
	struct kpu_engine_call call;
	int rc;

	kpu_engine_call_init(&call, engine, KPU_OP_MODEL_LOAD_FLASH);
	call.transaction.argument_length =
		(uint16_t)kpu_encode_load_flash_arguments(call.transaction.arguments, &arguments);
	rc = kpu_engine_call(&call,
			     options->timeout_ms ? options->timeout_ms
						 : kpu_engine_load_flash_timeout_ms(where->size),
			     NULL, error);
	return kpu_engine_loaded(&call, rc, generation, model, error);
}
