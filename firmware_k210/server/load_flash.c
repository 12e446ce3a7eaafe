/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* MODEL_LOAD_FLASH: what is at the address, then the runtime reads it while the line is served. */
#include "firmware_k210/server/commands.h"

#include "link/bytes.h"

#define LOAD_LIMIT_US (1000u * KPU_LOAD_FLASH_MS)

struct place {
	const struct runtime_flash *flash;
	uint32_t address;
};

static bool read_place(void *context, uint32_t offset, uint8_t *bytes, uint32_t length)
{
	const struct place *place = context;

	place->flash->read(place->address + offset, bytes, length);
	return true;
}

static void refuse_content(struct server *server, struct kpu_board_request *request,
			   const struct place *place)
{
	uint8_t bytes[8];

	read_place((void *)place, 0, bytes, sizeof(bytes));
	server_refuse_load(server, request, KPU_STATUS_KMODEL_VERSION,
			   "the flash holds no model at %u; its first word there is %u",
			   place->address, kpu_get_u32(bytes));
}

/* The size of the arguments may leave out the padding behind the last body. */
static bool measure(const struct server *server, struct place *place,
		    struct runtime_flash_file *file)
{
	uint32_t wanted = file->arguments.size, size;

	if (!kmodel_measure_parts(read_place, place, server->flash.chip.size - place->address,
				  &size, &file->head, &file->reversed))
		return false;
	file->arguments.size = size;
	if (wanted && wanted < size)
		file->arguments.size = wanted;
	return file->arguments.size > file->head &&
	       size - file->arguments.size <= KMODEL_V3_TAIL_BYTES;
}

static uint16_t check(struct server *server, struct kpu_load_flash_arguments *arguments)
{
	const struct runtime_flash *flash = server->runtime.hardware.flash;
	uint16_t status = server_flash_range(server, arguments->address, arguments->size);

	if (status != KPU_STATUS_OK)
		return status;
	if (!arguments->clock_hz)
		arguments->clock_hz = server->flash.chip.clock_hz;
	return arguments->flags & ~(KPU_LOAD_FLASH_STREAM | KPU_LOAD_FLASH_DUAL_BUFFER) ||
			       !flash->nearest_clock(arguments->clock_hz)
		       ? KPU_STATUS_PARAM
		       : KPU_STATUS_OK;
}

static void load_begin(struct server *server, struct kpu_board_request *request)
{
	struct kpu_load_flash_arguments *arguments = &server->flash.load;
	uint16_t status = KPU_STATUS_PARAM;

	if (server->flash.request)
		status = KPU_STATUS_BUSY;
	else if (kpu_decode_load_flash_arguments(request->arguments, request->argument_length,
						 arguments))
		status = check(server, arguments);
	if (status != KPU_STATUS_OK) {
		server_reply_status(server, request, status);
		return;
	}
	server->flash.request = request;
	server->flash.model = NULL;
	server->flash.deadline = server->now + SERVER_FLASH_LIMIT_US;
}

static void load_aborted(struct server *server, struct kpu_board_request *request)
{
	if (server->flash.request != request)
		return;
	server->flash.request = NULL;
	if (server->flash.model)
		runtime_load_abort(&server->runtime, server->flash.model);
}

/* When the chip is idle and no other model reads from it. */
static void load_start(struct server *server)
{
	struct kpu_board_request *request = server->flash.request;
	const struct runtime_flash *flash = server->runtime.hardware.flash;
	struct runtime_flash_file file = { .arguments = server->flash.load };
	struct place place = { .flash = flash, .address = file.arguments.address };
	uint16_t status = KPU_STATUS_IO;

	if (runtime_reads_flash(&server->runtime) || flash->busy()) {
		server->runtime.flash_claim = server->now + SERVER_FLASH_CLAIM_US;
		if (server->now < server->flash.deadline)
			return;
	} else if (measure(server, &place, &file)) {
		server->runtime.flash_claim = 0;
		status = runtime_load_flash(&server->runtime, &file, &server->flash.model);
		server->flash.deadline = server->now + LOAD_LIMIT_US;
		if (status == KPU_STATUS_OK)
			return;
	} else {
		status = KPU_STATUS_KMODEL_VERSION;
	}
	server->flash.request = NULL;
	if (status == KPU_STATUS_IO)
		server_reply_status(server, request, status);
	else if (status == KPU_STATUS_KMODEL_VERSION)
		refuse_content(server, request, &place);
	else
		server_refuse_memory(server, request, status, file.arguments.size);
}

/* Not inlined: its memory would lie under all that server_step() calls. */
__attribute__((noinline)) bool server_load_flash_step(struct server *server)
{
	struct kpu_board_request *request = server->flash.request;
	struct kpu_load_result result;
	uint16_t status;

	if (!server->flash.model) {
		load_start(server);
		return server->flash.model;
	}
	status = runtime_load_flash_step(&server->runtime, server->flash.model, &result);
	if (status == RUNTIME_LOADING && server->now < server->flash.deadline)
		return true;
	server->flash.request = NULL;
	if (status == RUNTIME_LOADING) {
		runtime_load_abort(&server->runtime, server->flash.model);
		server_reply_status(server, request, KPU_STATUS_IO);
	} else {
		server_reply_load(server, request, status, &result);
	}
	return true;
}

const struct server_command server_load_flash = {
	.opcode = KPU_OP_MODEL_LOAD_FLASH,
	.least_arguments = 20,
	.most_arguments = KPU_WIRE_ARGUMENTS_MAX,
	.begin = load_begin,
	.aborted = load_aborted,
};
