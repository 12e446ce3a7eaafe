/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * FLASH_*: the chip takes its time for pages and sectors, so server_flash_step() does one of them
 * at a time and asks whether it is done. What is to be written waits in model memory.
 */
#include "firmware_k210/server/commands.h"

#include "link/bytes.h"
#include "link/crc.h"

/* While the chip is at work the server looks at it this often. */
#define POLL_US 1000u
/* Bytes of a check in one step: 0.2 ms. */
#define CHECK_BYTES 448u

static const struct runtime_flash *chip_of(const struct server *server)
{
	return server->runtime.hardware.flash;
}

static void info_begin(struct server *server, struct kpu_board_request *request)
{
	uint16_t status = server_flash_identify(server);

	kpu_board_reply(&server->board, request, status, request->arguments,
			kpu_encode_flash_chip(request->arguments, &server->flash.chip));
}

uint16_t server_flash_identify(struct server *server)
{
	struct kpu_flash_chip *chip = &server->flash.chip;

	/* At work it does not answer, and is known; but a board may be started over its work. */
	if (chip_of(server) && !server->flash.request && !runtime_reads_flash(&server->runtime) &&
	    !chip_of(server)->identify(chip) && !chip->size)
		return KPU_STATUS_BUSY;
	return KPU_STATUS_OK;
}

uint16_t server_flash_range(struct server *server, uint32_t address, uint32_t length)
{
	const struct kpu_flash_chip *chip = &server->flash.chip;

	if (server->flash.request)
		return KPU_STATUS_BUSY;
	if (!chip->size && server_flash_identify(server) != KPU_STATUS_OK)
		return KPU_STATUS_BUSY;
	if (!chip->size)
		return KPU_STATUS_NO_DEVICE;
	return address > chip->size || length > chip->size - address ? KPU_STATUS_PARAM
								     : KPU_STATUS_OK;
}

/* Changes are not made under a model that runs from there. */
static uint16_t may_change(struct server *server, const struct kpu_flash_range *range)
{
	if (runtime_streams(&server->runtime))
		return KPU_STATUS_BUSY;
	return range->length > KPU_FLASH_PIECE_MAX ? KPU_STATUS_PARAM : KPU_STATUS_OK;
}

static uint16_t start_write(struct server *server, struct kpu_board_request *request,
			    const struct kpu_flash_range *range)
{
	uint16_t status = may_change(server, range);

	if (status != KPU_STATUS_OK)
		return status;
	if (request->bulk_out_length != range->length)
		return KPU_STATUS_SIZE_NOTMATCH;
	server->flash.buffer = runtime_allocate(&server->runtime, range->length);
	return server->flash.buffer ? KPU_STATUS_OK : KPU_STATUS_NO_MEM;
}

static uint16_t start_erase(struct server *server, const struct kpu_flash_range *range)
{
	if ((range->address | range->length) & (server->flash.chip.erase_bytes - 1))
		return KPU_STATUS_PARAM;
	return may_change(server, range);
}

static uint16_t start_read(struct server *server, struct kpu_board_request *request,
			   const struct kpu_flash_range *range)
{
	if (range->length > KPU_FLASH_PIECE_MAX)
		return KPU_STATUS_PARAM;
	if (range->length > request->bulk_in_limit)
		return KPU_STATUS_SIZE_NOTMATCH;
	/* Work that was given up, or begun before the board was reset, goes on in the chip. */
	if (!runtime_reads_flash(&server->runtime) && chip_of(server)->busy())
		return KPU_STATUS_BUSY;
	/* read_produce() starts here. */
	request->owner = (void *)(uintptr_t)range->address;
	kpu_board_send_bulk(&server->board, request, range->length);
	return KPU_STATUS_OK;
}

static void range_begin(struct server *server, struct kpu_board_request *request)
{
	struct server_flash *flash = &server->flash;
	struct kpu_flash_range range;
	uint16_t status = KPU_STATUS_PARAM;

	if (kpu_decode_flash_range(request->arguments, request->argument_length, &range))
		status = server_flash_range(server, range.address, range.length);
	if (status == KPU_STATUS_OK && request->opcode == KPU_OP_FLASH_WRITE)
		status = start_write(server, request, &range);
	else if (status == KPU_STATUS_OK && request->opcode == KPU_OP_FLASH_ERASE)
		status = start_erase(server, &range);
	else if (status == KPU_STATUS_OK && request->opcode == KPU_OP_FLASH_READ)
		status = start_read(server, request, &range);
	if (status != KPU_STATUS_OK || request->opcode == KPU_OP_FLASH_READ) {
		server_reply_status(server, request, status);
		return;
	}
	flash->request = request;
	flash->start = flash->at = range.address;
	flash->end = range.address + range.length;
	flash->crc = KPU_CRC32_START;
	/* The program before may have left it at work. */
	flash->is_waiting = true;
	flash->deadline = server->now + SERVER_FLASH_LIMIT_US;
}

static bool write_bulk(struct server *server, struct kpu_board_request *request, uint32_t offset,
		       const uint8_t *data, size_t length)
{
	(void)request;
	memory_write(server->flash.buffer + offset, data, length);
	return true;
}

static size_t read_produce(struct server *server, struct kpu_board_request *request,
			   uint32_t offset, uint8_t *out, size_t room)
{
	if (server->flash.request || runtime_reads_flash(&server->runtime) ||
	    chip_of(server)->busy()) {
		server->flash.is_wanted = true;
		server->runtime.flash_claim = server->now + SERVER_FLASH_CLAIM_US;
		return 0;
	}
	server->runtime.flash_claim = 0;
	chip_of(server)->read((uint32_t)(uintptr_t)request->owner + offset, out, (uint32_t)room);
	return room;
}

static void let_go(struct server *server)
{
	heap_release(&server->runtime.heap, server->flash.buffer);
	server->flash.buffer = NULL;
	server->flash.request = NULL;
}

static void aborted(struct server *server, struct kpu_board_request *request)
{
	if (server->flash.request == request)
		let_go(server);
}

static void finish(struct server *server, uint16_t status)
{
	struct kpu_board_request *request = server->flash.request;
	uint8_t result[4];

	kpu_put_u32(result, server->flash.crc);
	let_go(server);
	kpu_board_reply(&server->board, request, status, result,
			request->opcode == KPU_OP_FLASH_CHECK ? sizeof(result) : 0);
}

/* Not inlined: its memory would lie under all that server_step() calls. */
static __attribute__((noinline)) void program_page(struct server *server)
{
	struct server_flash *flash = &server->flash;
	uint32_t page = flash->chip.program_bytes, offset = flash->at - flash->start;
	uint32_t length = page - flash->at % page;
	uint8_t bytes[256];

	if (length > flash->end - flash->at)
		length = flash->end - flash->at;
	if (flash->request->bulk_received < offset + length)
		return;
	memory_read(bytes, flash->buffer + offset, length);
	flash->at += chip_of(server)->program(flash->at, bytes, length);
	flash->is_waiting = true;
}

/* The largest block that begins here and ends inside. */
static void erase_block(struct server *server)
{
	struct server_flash *flash = &server->flash;
	uint32_t size = 0x10000;

	while (flash->at & (size - 1) || size > flash->end - flash->at)
		size = size == 0x10000 ? 0x8000 : flash->chip.erase_bytes;
	chip_of(server)->erase(flash->at, size);
	flash->at += size;
	flash->is_waiting = true;
}

static void check_piece(struct server *server)
{
	struct server_flash *flash = &server->flash;
	uint32_t length = flash->end - flash->at;
	uint8_t bytes[CHECK_BYTES];

	if (length > CHECK_BYTES)
		length = CHECK_BYTES;
	chip_of(server)->read(flash->at, bytes, length);
	flash->crc = kpu_crc32(flash->crc, bytes, length);
	flash->at += length;
}

static void work(struct server *server)
{
	struct server_flash *flash = &server->flash;

	if (flash->at == flash->end)
		finish(server, KPU_STATUS_OK);
	else if (flash->request->opcode == KPU_OP_FLASH_CHECK)
		check_piece(server);
	else if (flash->request->opcode == KPU_OP_FLASH_ERASE)
		erase_block(server);
	else
		program_page(server);
	if (flash->is_waiting)
		flash->deadline = server->now + SERVER_FLASH_LIMIT_US;
}

bool server_flash_step(struct server *server)
{
	struct server_flash *flash = &server->flash;

	if (flash->request && flash->request->opcode == KPU_OP_MODEL_LOAD_FLASH)
		return server_load_flash_step(server);
	if (runtime_reads_flash(&server->runtime))
		return false;
	if (flash->request && flash->is_waiting && !chip_of(server)->busy())
		flash->is_waiting = false;
	if (flash->request && !flash->is_waiting)
		work(server);
	else if (flash->request && server->now >= flash->deadline)
		finish(server, KPU_STATUS_IO);
	if (!flash->request && flash->is_wanted) {
		flash->is_wanted = false;
		kpu_session_wake(&server->session);
	}
	/* An erase takes long enough to sleep, and what has not come wakes the board. */
	return flash->request && flash->request->opcode != KPU_OP_FLASH_ERASE &&
	       (flash->is_waiting || flash->request->opcode == KPU_OP_FLASH_CHECK);
}

uint64_t server_flash_deadline(const struct server *server)
{
	return server->flash.request || server->flash.is_wanted ? server->now + POLL_US
								: UINT64_MAX;
}

const struct server_command server_flash_info = { .opcode = KPU_OP_FLASH_INFO,
						  .begin = info_begin };
const struct server_command server_flash_read = {
	.opcode = KPU_OP_FLASH_READ,
	.least_arguments = 8,
	.most_arguments = 64,
	.begin = range_begin,
	.produce = read_produce,
};
const struct server_command server_flash_write = {
	.opcode = KPU_OP_FLASH_WRITE,
	.least_arguments = 8,
	.most_arguments = 64,
	.begin = range_begin,
	.bulk = write_bulk,
	.aborted = aborted,
};
const struct server_command server_flash_erase = {
	.opcode = KPU_OP_FLASH_ERASE,
	.least_arguments = 8,
	.most_arguments = 64,
	.begin = range_begin,
	.aborted = aborted,
};
const struct server_command server_flash_check = {
	.opcode = KPU_OP_FLASH_CHECK,
	.least_arguments = 8,
	.most_arguments = 64,
	.begin = range_begin,
	.aborted = aborted,
};
