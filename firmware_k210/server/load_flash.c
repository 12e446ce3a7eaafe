/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* MODEL_LOAD_FLASH: what is at the address, then the runtime reads it while the line is served. */
#include "firmware_k210/server/commands.h"

#include "link/bytes.h"

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
	if (arguments->flags & ~(KPU_LOAD_FLASH_STREAM | KPU_LOAD_FLASH_DUAL_BUFFER) ||
	    !flash->nearest_clock(arguments->clock_hz))
		return KPU_STATUS_PARAM;
	return runtime_reads_flash(&server->runtime) || flash->busy() ? KPU_STATUS_BUSY
								      : KPU_STATUS_OK;
}

static void load_begin(struct server *server, struct kpu_board_request *request)
{
	struct runtime_flash_file file;
	struct place place = { .flash = server->runtime.hardware.flash };
	uint16_t status = KPU_STATUS_PARAM;

	if (kpu_decode_load_flash_arguments(request->arguments, request->argument_length,
					    &file.arguments))
		status = check(server, &file.arguments);
	if (status != KPU_STATUS_OK) {
		server_reply_status(server, request, status);
		return;
	}
	place.address = file.arguments.address;
	if (!measure(server, &place, &file)) {
		refuse_content(server, request, &place);
		return;
	}
	status = runtime_load_flash(&server->runtime, &file, &server->flash.model);
	if (status == KPU_STATUS_OK)
		server->flash.request = request;
	else
		server_refuse_memory(server, request, status, file.arguments.size);
}

static void load_aborted(struct server *server, struct kpu_board_request *request)
{
	if (server->flash.request != request)
		return;
	server->flash.request = NULL;
	runtime_load_abort(&server->runtime, server->flash.model);
}

bool server_load_flash_step(struct server *server)
{
	struct kpu_board_request *request = server->flash.request;
	struct kpu_load_result result;
	uint16_t status = runtime_load_flash_step(&server->runtime, server->flash.model, &result);

	if (status != RUNTIME_LOADING) {
		server->flash.request = NULL;
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
