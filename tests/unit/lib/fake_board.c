/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "link/board.h"
#include "link/bytes.h"
#include "link/commands.h"
#include "link/crc.h"
#include "tests/unit/lib/fake_board.h"
#include "tests/unit/lib/fake_flash.h"

#define RUNS_AT_ONCE  2
#define FIRST_BOOT_ID 1001

struct fake_run {
	struct kpu_board_request *request;
	uint64_t due;
};

struct fake_board {
	enum misbehaviour misbehaviour;
	pthread_t thread;
	int ours, theirs;
	char uri[24];
	atomic_bool stop;
	atomic_uint runs, loads, models, most_at_once;
	struct kpu_session session;
	struct kpu_board board;
	uint8_t *memory;
	uint64_t boot_id;
	struct fake_run open_runs[8];
	unsigned open_run_count;
	unsigned refused;
	unsigned models_before; /* handles up to this one are of former lives */
	bool hang_up, restart;
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint8_t fake_board_byte(uint32_t index, size_t i)
{
	return (uint8_t)(index * 31 + i * 7 + (i >> 8));
}

static void begin(void *context, struct kpu_board_request *request)
{
	(void)context;
	request->owner = NULL;
}

static bool take_bulk(void *context, struct kpu_board_request *request, uint32_t offset,
		      const uint8_t *data, size_t length)
{
	(void)context;
	if (request->opcode == KPU_OP_FLASH_WRITE)
		return fake_flash_bulk(request, offset, data, length);
	/* Keeps a checksum of what arrives, in the owner pointer. */
	request->owner =
		(void *)(uintptr_t)kpu_crc32((uint32_t)(uintptr_t)request->owner, data, length);
	return true;
}

static void reply(struct fake_board *fake, struct kpu_board_request *request, int status,
		  const uint8_t *results, size_t length)
{
	kpu_board_reply(&fake->board, request, (uint16_t)status, results, length);
}

static void answer_info(struct fake_board *fake, struct kpu_board_request *request)
{
	struct kpu_board_info info = {
		.firmware_version = 0x010203,
		.features = KPU_FEATURE_KMODEL_V3 | KPU_FEATURE_KMODEL_V4,
		.cpu_hz = 400000000,
		.kpu_hz = 400000000,
		.boot_id = fake->boot_id,
		.memory_total = 6u << 20,
		.firmware_bytes = 90 << 10,
		.max_models = 16,
		.max_runs_in_flight = RUNS_AT_ONCE,
		.name = "fake\033[31m",
	};
	uint8_t bytes[KPU_WIRE_RESULTS_MAX];
	size_t length = kpu_encode_board_info(bytes, &info);

	reply(fake, request, 0, bytes, fake->misbehaviour == DAMAGED_INFO ? 7 : length);
}

static void answer_load(struct fake_board *fake, struct kpu_board_request *request)
{
	struct kpu_load_result result = { .version = 3, .max_runs_in_flight = RUNS_AT_ONCE };
	struct kpu_load_arguments arguments;
	uint8_t bytes[KPU_WIRE_RESULTS_MAX];
	int status = 0;

	if (!kpu_decode_load_arguments(request->arguments, request->argument_length, &arguments) ||
	    arguments.crc32 != (uint32_t)(uintptr_t)request->owner)
		status = KPU_STATUS_CHECKSUM;
	fake->loads++;
	result.model = fake->misbehaviour == ZERO_MODEL ? 0 : (uint16_t)(++fake->models);
	result.problem_layer = 0xffffffff;
	if (fake->misbehaviour == REFUSE_MODEL) {
		status = KPU_STATUS_KMODEL_FORMAT;
		result.problem_layer = 5;
		strcpy(result.problem, "too\033[2Jwide");
	}
	reply(fake, request, status, bytes, kpu_encode_load_result(bytes, &result));
}

static size_t produce(void *context, struct kpu_board_request *request, uint32_t offset,
		      uint8_t *out, size_t room)
{
	struct kpu_run_arguments run;
	uint32_t end = 0, start = 0;
	size_t done = 0;

	(void)context;
	if (request->opcode == KPU_OP_FLASH_READ)
		return fake_flash_produce(request, offset, out, room);
	if (!kpu_decode_run_arguments(request->owner, KPU_WIRE_ARGUMENTS_MAX, &run))
		return 0;
	for (unsigned i = 0; i < run.tap_count && done < room; i++) {
		end = start + run.taps[i].limit;
		while (offset + done < end && done < room) {
			out[done] = fake_board_byte(run.taps[i].index, offset + done - start);
			done++;
		}
		start = end;
	}
	return done;
}

static void fill_result(struct fake_board *fake, const struct kpu_run_arguments *run,
			struct kpu_run_result *result)
{
	memset(result, 0, sizeof(*result));
	result->layers_run = fake->misbehaviour == TOO_MANY_LAYERS ? 100000 : 4;
	result->cycles = 400000;
	result->kpu_cycles = 300000;
	result->problem_layer = 0xffffffff;
	result->tap_count = run->tap_count;
	for (unsigned i = 0; i < run->tap_count; i++) {
		result->taps[i].length = run->taps[i].limit;
		result->taps[i].data_type =
			run->taps[i].kind == KPU_TAP_OUTPUT ? KPU_DATA_FLOAT32 : KPU_DATA_UINT8;
	}
	if (fake->misbehaviour == WRONG_LENGTH)
		result->taps[0].length = 0xfffffff0;
	if (fake->misbehaviour == WRONG_TYPE)
		result->taps[0].data_type = KPU_DATA_UINT32;
	if (fake->misbehaviour == TOO_FEW_TAPS)
		result->tap_count--;
}

static void finish_run(struct fake_board *fake, struct kpu_board_request *request)
{
	struct kpu_run_arguments run;
	struct kpu_run_result result;
	uint8_t bytes[KPU_WIRE_RESULTS_MAX];
	uint32_t bulk = 0;
	size_t length;

	/* The arguments' place is taken by the results: produce() reads them from a copy. */
	request->owner = malloc(KPU_WIRE_ARGUMENTS_MAX);
	memcpy(request->owner, request->arguments, KPU_WIRE_ARGUMENTS_MAX);
	kpu_decode_run_arguments(request->arguments, request->argument_length, &run);
	fill_result(fake, &run, &result);
	for (unsigned i = 0; i < run.tap_count; i++)
		bulk += run.taps[i].limit;
	if (fake->misbehaviour == SHORT_BULK)
		bulk /= 2;
	kpu_board_send_bulk(&fake->board, request, bulk);
	length = kpu_encode_run_result(bytes, &result);
	if (fake->misbehaviour == DAMAGED_RESULT)
		length = 3;
	if (fake->misbehaviour == BUSY_RUN && fake->refused < 3) {
		fake->refused++;
		reply(fake, request, KPU_STATUS_BUSY, NULL, 0);
		return;
	}
	reply(fake, request, fake->misbehaviour == UNKNOWN_STATUS ? 4711 : 0, bytes, length);
}

static void released(void *context, struct kpu_board_request *request)
{
	(void)context;
	if (request->opcode == KPU_OP_RUN)
		free(request->owner);
	request->owner = NULL;
}

static void begin_run(struct fake_board *fake, struct kpu_board_request *request)
{
	struct fake_run *run = &fake->open_runs[fake->open_run_count];

	fake->runs++;
	if (kpu_get_u16(request->arguments) <= fake->models_before) {
		request->owner = NULL;
		reply(fake, request, KPU_STATUS_NO_HANDLE, NULL, 0);
		return;
	}
	fake->open_run_count++;
	request->owner = NULL;
	run->request = request;
	run->due = now_us() + (fake->misbehaviour == SLOW_RUN ? 1000000 : 0);
	if (fake->misbehaviour == SILENT_RUN || fake->misbehaviour == DEAF_RUN ||
	    fake->misbehaviour == CLOSE_IN_RUN)
		run->due = UINT64_MAX;
	if (fake->open_run_count > fake->most_at_once)
		fake->most_at_once = fake->open_run_count;
	fake->hang_up |= fake->misbehaviour == CLOSE_IN_RUN;
	fake->restart |= fake->misbehaviour == RESET_IN_RUN ||
			 (fake->misbehaviour == RESET_ONCE && fake->runs == 1);
}

static void forget_run(struct fake_board *fake, const struct kpu_board_request *request)
{
	for (unsigned i = 0; i < fake->open_run_count; i++) {
		if (fake->open_runs[i].request != request)
			continue;
		fake->open_runs[i] = fake->open_runs[--fake->open_run_count];
		return;
	}
}

static void answer_cancel(struct fake_board *fake, struct kpu_board_request *request)
{
	struct kpu_board_request *run =
		kpu_board_find(&fake->board, kpu_get_u16(request->arguments));

	if (run && run->opcode == KPU_OP_RUN && fake->misbehaviour != DEAF_RUN) {
		forget_run(fake, run);
		run->owner = NULL; /* the checksum of an input that is still coming */
		reply(fake, run, KPU_STATUS_CANCELLED, NULL, 0);
	}
	reply(fake, request, 0, NULL, 0);
}

static void answer_memory(struct fake_board *fake, struct kpu_board_request *request)
{
	const struct kpu_memory_info memory = { 6000000, 100000, 80000, 1 };
	uint8_t bytes[64] = { 0 };

	if (fake->misbehaviour == SILENT_MEMORY)
		return;
	if (fake->misbehaviour == RESET_IN_MEMORY && fake->boot_id == FIRST_BOOT_ID)
		fake->restart = true;
	else
		reply(fake, request, 0, bytes, kpu_encode_memory_info(bytes, &memory));
}

static void complete(void *context, struct kpu_board_request *request)
{
	struct fake_board *fake = context;

	switch (request->opcode) {
	case KPU_OP_INFO:
		answer_info(fake, request);
		break;
	case KPU_OP_ECHO:
		if (fake->misbehaviour == WRONG_ECHO)
			request->arguments[0] ^= 1;
		reply(fake, request, 0, request->arguments, request->argument_length);
		break;
	case KPU_OP_MEMORY:
		answer_memory(fake, request);
		break;
	case KPU_OP_MODEL_LOAD:
		answer_load(fake, request);
		break;
	case KPU_OP_MODEL_FREE:
		fake->models--;
		reply(fake, request, 0, NULL, 0);
		break;
	case KPU_OP_RUN:
		begin_run(fake, request);
		break;
	case KPU_OP_CANCEL:
		answer_cancel(fake, request);
		break;
	default:
		if (fake->misbehaviour == NO_FLASH || !fake_flash_complete(&fake->board, request))
			reply(fake, request, KPU_STATUS_NOT_IMPLEMENT, NULL, 0);
	}
}

static void aborted(void *context, struct kpu_board_request *request)
{
	forget_run(context, request);
}

static void host_changed(void *context)
{
	struct fake_board *fake = context;

	fake->models = 0;
}

static const struct kpu_board_ops ops = {
	.begin = begin,
	.bulk = take_bulk,
	.complete = complete,
	.produce = produce,
	.aborted = aborted,
	.released = released,
	.host_changed = host_changed,
};

static void boot(struct fake_board *fake)
{
	struct kpu_session_config config = {
		.role = KPU_SESSION_BOARD,
		.max_payload = KPU_WIRE_PAYLOAD_MAX,
		.window = 8,
		.identity = ++fake->boot_id,
		.firmware_version = 0x010203,
	};
	size_t size = KPU_SESSION_MEMORY(KPU_WIRE_PAYLOAD_MAX, 8);

	free(fake->memory);
	fake->memory = malloc(size);
	fake->open_run_count = 0;
	fake->models_before = fake->models;
	fake->restart = false;
	kpu_session_init(&fake->session, &config, &kpu_board_session_ops, &fake->board,
			 fake->memory, size);
	kpu_board_init(&fake->board, &fake->session, &ops, fake);
	kpu_session_start(&fake->session, now_us());
}

static void finish_due_runs(struct fake_board *fake)
{
	for (unsigned i = 0; i < fake->open_run_count;) {
		struct kpu_board_request *request = fake->open_runs[i].request;

		bool pushed =
			fake->misbehaviour == SLOW_RUN && fake->open_run_count == RUNS_AT_ONCE;

		if (fake->open_runs[i].due > now_us() && !pushed) {
			i++;
			continue;
		}
		forget_run(fake, request);
		finish_run(fake, request);
	}
}

static void send_all(struct fake_board *fake)
{
	uint8_t out[8192];
	size_t length;

	while ((length = kpu_session_output(&fake->session, out, sizeof(out), now_us()))) {
		for (size_t sent = 0; sent < length;) {
			ssize_t n = send(fake->ours, out + sent, length - sent, MSG_NOSIGNAL);

			if (n < 0 && errno != EAGAIN && errno != EINTR)
				return;
			sent += n > 0 ? (size_t)n : 0;
		}
	}
}

static void *run_board(void *context)
{
	struct fake_board *fake = context;
	uint8_t in[16384];

	while (!fake->stop && !fake->hang_up) {
		struct pollfd line = { .fd = fake->ours, .events = POLLIN };
		ssize_t length;

		poll(&line, 1, 1);
		length = recv(fake->ours, in, sizeof(in), MSG_DONTWAIT);
		if (length == 0)
			break;
		if (length > 0)
			kpu_session_input(&fake->session, in, (size_t)length, now_us());
		if (fake->restart)
			boot(fake);
		kpu_session_poll(&fake->session, now_us());
		finish_due_runs(fake);
		send_all(fake);
	}
	close(fake->ours);
	return NULL;
}

struct fake_board *fake_board_start(enum misbehaviour misbehaviour)
{
	struct fake_board *fake = calloc(1, sizeof(*fake));
	int pair[2];

	if (!fake || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	fake->misbehaviour = misbehaviour;
	fake->ours = pair[0];
	fake->theirs = pair[1];
	fake->boot_id = FIRST_BOOT_ID - 1;
	snprintf(fake->uri, sizeof(fake->uri), "fd:%d", pair[1]);
	boot(fake);
	pthread_create(&fake->thread, NULL, run_board, fake);
	return fake;
}

void fake_board_stop(struct fake_board *fake)
{
	fake->stop = true;
	close(fake->theirs);
	pthread_join(fake->thread, NULL);
	free(fake->memory);
	free(fake);
}

const char *fake_board_uri(const struct fake_board *fake)
{
	return fake->uri;
}

unsigned fake_board_loads(struct fake_board *fake)
{
	return fake->loads;
}

unsigned fake_board_runs(struct fake_board *fake)
{
	return fake->runs;
}

unsigned fake_board_models(struct fake_board *fake)
{
	return fake->models;
}

unsigned fake_board_most_runs_at_once(struct fake_board *fake)
{
	return fake->most_at_once;
}
