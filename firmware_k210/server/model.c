/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Commands about the board and its models: INFO, MEMORY, MODEL_LOAD, MODEL_FREE, RELEASE_ALL. */
#include "firmware_k210/server/commands.h"

#include "link/bytes.h"

static void info_begin(struct server *server, struct kpu_board_request *request)
{
	struct kpu_board_info info;

	memset(&info, 0, sizeof(info));
	info.firmware_version = SERVER_FIRMWARE_VERSION;
	info.features = KPU_FEATURE_KMODEL_V3 | KPU_FEATURE_KMODEL_V4;
	if (server->runtime.hardware.flash)
		info.features |= KPU_FEATURE_FLASH;
	info.boot_id = server->boot_id;
	info.uptime_ms = (uint32_t)(server->now / 1000);
	info.memory_total = server->runtime.heap.size;
	info.max_models = RUNTIME_MODELS_MAX;
	info.max_runs_in_flight = RUNTIME_RUNS_MAX;
	info.line_baud = server->baud;
	memcpy(info.name, "k210", 4);
	server->platform.describe(server->platform.context, &info);
	kpu_board_reply(&server->board, request, KPU_STATUS_OK, request->arguments,
			kpu_encode_board_info(request->arguments, &info));
}

static void memory_begin(struct server *server, struct kpu_board_request *request)
{
	struct kpu_memory_info info;

	runtime_memory_info(&server->runtime, &info);
	kpu_board_reply(&server->board, request, KPU_STATUS_OK, request->arguments,
			kpu_encode_memory_info(request->arguments, &info));
}

void server_reply_load(struct server *server, struct kpu_board_request *request, uint16_t status,
		       const struct kpu_load_result *result)
{
	kpu_board_reply(&server->board, request, status, request->arguments,
			kpu_encode_load_result(request->arguments, result));
}

/* Refused before its bytes came; @first and @second go into the sentence. */
void server_refuse_load(struct server *server, struct kpu_board_request *request, uint16_t status,
			const char *text, uint32_t first, uint32_t second)
{
	struct kpu_load_result result;
	struct kmodel_problem problem;

	memset(&result, 0, sizeof(result));
	memset(&problem, 0, sizeof(problem));
	kmodel_fail(&problem, status, KMODEL_NO_LAYER, text, first, second);
	result.problem_layer = KMODEL_NO_LAYER;
	memcpy(result.problem, problem.text, sizeof(result.problem));
	server_reply_load(server, request, status, &result);
}

void server_refuse_memory(struct server *server, struct kpu_board_request *request, uint16_t status,
			  uint32_t size)
{
	if (status == KPU_STATUS_NO_MEM)
		server_refuse_load(server, request, status,
				   "it has %u bytes, the largest free block has %u", size,
				   heap_largest_free(&server->runtime.heap));
	else
		server_refuse_load(server, request, status, "%u models are loaded already",
				   RUNTIME_MODELS_MAX, 0);
}

static void load_begin(struct server *server, struct kpu_board_request *request)
{
	struct kpu_load_arguments arguments;
	struct runtime_model *model;
	uint16_t status;

	if (!kpu_decode_load_arguments(request->arguments, request->argument_length, &arguments)) {
		server_reply_status(server, request, KPU_STATUS_PARAM);
		return;
	}
	if (arguments.size != request->bulk_out_length || !arguments.size) {
		server_refuse_load(server, request, KPU_STATUS_SIZE_NOTMATCH,
				   "a model of %u bytes is announced with %u bytes of data",
				   arguments.size, request->bulk_out_length);
		return;
	}
	status = runtime_load_begin(&server->runtime, arguments.size, arguments.crc32, &model);
	if (status == KPU_STATUS_OK)
		request->owner = model;
	else
		server_refuse_memory(server, request, status, arguments.size);
}

static bool load_bulk(struct server *server, struct kpu_board_request *request, uint32_t offset,
		      const uint8_t *data, size_t length)
{
	(void)server;
	(void)offset;
	runtime_load_data(request->owner, data, length);
	return true;
}

static void load_complete(struct server *server, struct kpu_board_request *request)
{
	struct kpu_load_result result;
	uint16_t status;

	status = runtime_load_end(&server->runtime, request->owner, &result);
	request->owner = NULL;
	server_reply_load(server, request, status, &result);
}

static void load_aborted(struct server *server, struct kpu_board_request *request)
{
	if (request->owner)
		runtime_load_abort(&server->runtime, request->owner);
}

static void free_begin(struct server *server, struct kpu_board_request *request)
{
	server_reply_status(server, request,
			    runtime_release(&server->runtime, kpu_get_u16(request->arguments)));
}

static void release_all_begin(struct server *server, struct kpu_board_request *request)
{
	runtime_release_all(&server->runtime, true);
	server_reply_status(server, request, KPU_STATUS_OK);
}

const struct server_command server_info = { .opcode = KPU_OP_INFO, .begin = info_begin };
const struct server_command server_memory = { .opcode = KPU_OP_MEMORY, .begin = memory_begin };
const struct server_command server_model_load = {
	.opcode = KPU_OP_MODEL_LOAD,
	.least_arguments = 8,
	.most_arguments = KPU_WIRE_ARGUMENTS_MAX,
	.begin = load_begin,
	.bulk = load_bulk,
	.complete = load_complete,
	.aborted = load_aborted,
};
const struct server_command server_model_free = {
	.opcode = KPU_OP_MODEL_FREE,
	.least_arguments = 2,
	.most_arguments = 2,
	.begin = free_begin,
};
const struct server_command server_release_all = {
	.opcode = KPU_OP_RELEASE_ALL,
	.begin = release_all_begin,
};
