/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "fake_board.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "testing.h"
#include "uapi/kpu.h"

#define LINE_DISCIPLINE 29 /* N_DEVELOPMENT */

void fake_board_write_model(uint8_t *file, uint32_t size, uint32_t input_bytes)
{
	for (uint32_t i = 8; i < size; i++)
		file[i] = (uint8_t)(i * 31);
	kpu_put_u32(file, 3);
	kpu_put_u32(file + 4, input_bytes);
}

uint8_t fake_board_byte(const uint8_t *input, uint32_t input_size, unsigned int kind,
			unsigned int index, uint32_t position)
{
	return (uint8_t)(input[position % input_size] ^ (kind * 16 + index));
}

static uint32_t next_random(struct fake_board *board)
{
	board->random = board->random * 1664525u + 1013904223u;
	return board->random >> 8;
}

static uint64_t now_us(void)
{
	return (uint64_t)(testing_now() * 1e6);
}

static void answer(struct fake_board *board, struct kpu_board_request *request, int status,
		   const uint8_t *results, size_t length)
{
	if (board->faults.short_results && length > 3)
		length = 3;
	kpu_board_reply(&board->board, request, (uint16_t)status, results, length);
}

/* --- commands -------------------------------------------------------------------------------- */

static void answer_info(struct fake_board *board, struct kpu_board_request *request)
{
	struct kpu_board_info info = {
		.firmware_version = 0x00010203,
		.features = KPU_FEATURE_KMODEL_V3,
		.cpu_hz = 400000000,
		.kpu_hz = 400000000,
		.boot_id = board->boot_id,
		.memory_total = 6 << 20,
		.firmware_bytes = 96 << 10,
		.max_models = FAKE_BOARD_MODELS,
		.max_runs_in_flight = 2,
		.line_baud = FAKE_BOARD_RATE * 10,
		.name = "fake",
	};
	uint8_t results[KPU_WIRE_RESULTS_MAX];

	if (board->faults.wild_info) {
		memset(&info, 0xff, sizeof(info));
		memcpy(info.name, "\n\x1b[2J%s%n\x80\xff&<>'\"", 16);
	}
	answer(board, request, 0, results, kpu_encode_board_info(results, &info));
}

static void answer_memory(struct fake_board *board, struct kpu_board_request *request)
{
	struct kpu_memory_info info = {
		.total = 6 << 20,
		.free = 5 << 20,
		.largest_free = 4 << 20,
		.models = (uint16_t)board->models,
	};
	uint8_t results[KPU_WIRE_RESULTS_MAX];

	answer(board, request, 0, results, kpu_encode_memory_info(results, &info));
}

static void answer_load(struct fake_board *board, struct kpu_board_request *request,
			const uint8_t *file, uint32_t size)
{
	struct kpu_load_result result = { .problem_layer = ~0u, .max_runs_in_flight = 2 };
	uint8_t results[KPU_WIRE_RESULTS_MAX];
	int status = board->faults.load_status;
	uint16_t handle = 1;

	board->loads++;
	while (handle <= FAKE_BOARD_MODELS && board->model_input_bytes[handle])
		handle++;
	if (!status && (size < 16 || kpu_get_u32(file) != 3))
		status = KPU_STATUS_KMODEL_VERSION;
	if (!status && handle > FAKE_BOARD_MODELS)
		status = KPU_STATUS_MODELS_FULL;
	if (status) {
		result.problem_layer = 7;
		strcpy(result.problem, "layer 7 is\nno layer\x01");
	} else {
		board->model_input_bytes[handle] = kpu_get_u32(file + 4);
		board->models++;
		result.model = handle;
		result.version = 3;
		result.layers = 11;
		result.inputs = 1;
		result.outputs = 2;
		result.input_bytes = board->model_input_bytes[handle];
		result.work_bytes = 4096;
	}
	answer(board, request, status, results, kpu_encode_load_result(results, &result));
}

/* --- flash ----------------------------------------------------------------------------------- */

static void answer_flash_info(struct fake_board *board, struct kpu_board_request *request)
{
	struct kpu_flash_chip chip = {
		.jedec_id = 0xef4018,
		.size = FAKE_BOARD_FLASH,
		.unique_id = 0x1122334455667788,
		.erase_bytes = 4096,
		.program_bytes = 256,
		.clock_hz = 50000000,
	};
	uint8_t results[KPU_WIRE_RESULTS_MAX];

	answer(board, request, board->faults.flash_status, results,
	       kpu_encode_flash_chip(results, &chip));
}

static void answer_flash(struct fake_board *board, struct kpu_board_request *request,
			 struct fake_board_job *job)
{
	struct kpu_flash_range range = { 0 };
	int status = board->faults.flash_status;
	uint8_t crc[4];

	if (board->faults.flash_is_slow)
		return;
	if (!kpu_decode_flash_range(request->arguments, request->argument_length, &range) ||
	    range.address > FAKE_BOARD_FLASH || range.length > FAKE_BOARD_FLASH - range.address)
		status = KPU_STATUS_PARAM;
	if (status) {
		answer(board, request, status, NULL, 0);
		return;
	}
	if (request->opcode == KPU_OP_FLASH_READ) {
		job->answered = true;
		kpu_board_send_bulk(&board->board, request,
				    board->faults.short_bulk ? range.length / 2 : range.length);
	}
	for (uint32_t i = 0; i < range.length; i++) {
		if (request->opcode == KPU_OP_FLASH_WRITE)
			board->flash[range.address + i] &= job->input[i];
		else if (request->opcode == KPU_OP_FLASH_ERASE)
			board->flash[range.address + i] = 0xff;
	}
	kpu_put_u32(crc, kpu_crc32(0, board->flash + range.address, range.length));
	answer(board, request, 0, crc, request->opcode == KPU_OP_FLASH_CHECK ? 4 : 0);
}

static void answer_load_flash(struct fake_board *board, struct kpu_board_request *request)
{
	struct kpu_load_flash_arguments arguments = { 0 };

	if (board->faults.load_is_slow) {
		board->slow_load = request;
		return;
	}
	board->slow_load = NULL;
	kpu_decode_load_flash_arguments(request->arguments, request->argument_length, &arguments);
	arguments.address %= FAKE_BOARD_FLASH - 16;
	answer_load(board, request, board->flash + arguments.address,
		    FAKE_BOARD_FLASH - arguments.address);
}

static void free_models(struct fake_board *board)
{
	memset(board->model_input_bytes, 0, sizeof(board->model_input_bytes));
	board->models = 0;
}

static void answer_free(struct fake_board *board, struct kpu_board_request *request)
{
	uint16_t handle = kpu_get_u16(request->arguments);
	int status = KPU_STATUS_NO_HANDLE;

	if (handle && handle <= FAKE_BOARD_MODELS && board->model_input_bytes[handle]) {
		board->model_input_bytes[handle] = 0;
		board->models--;
		status = 0;
	}
	answer(board, request, status, NULL, 0);
}

static void set_rate(struct fake_board *board, struct kpu_board_request *request)
{
	uint8_t result[4];

	if (!board->baud || board->faults.no_rates) {
		answer(board, request, KPU_STATUS_NOT_IMPLEMENT, NULL, 0);
		return;
	}
	board->new_baud = kpu_get_u32(request->arguments);
	board->rate_request = request->id;
	board->rate_deadline = testing_now() + 0.02;
	kpu_put_u32(result, board->new_baud);
	if (board->faults.no_rate_answers)
		return;
	answer(board, request, 0, result, sizeof(result));
}

static speed_t speed(int baud)
{
	switch (baud) {
	case 115200:
		return B115200;
	case 460800:
		return B460800;
	case 1000000:
		return B1000000;
	case 2000000:
		return B2000000;
	default:
		return B0;
	}
}

/* Both ends at the same rate? Else neither understands a byte. */
static bool same_rate(struct fake_board *board)
{
	struct termios settings;

	if (!board->baud)
		return true;
	if (board->baud != (int)KPU_BOOT_BAUD && board->faults.deaf_when_fast)
		return false;
	return !tcgetattr(board->slave, &settings) && cfgetospeed(&settings) == speed(board->baud);
}

static void follow_rate(struct fake_board *board)
{
	uint32_t packets = board->session.counters.packets_received;
	bool reply_out = !kpu_board_find(&board->board, board->rate_request) &&
			 kpu_session_idle(&board->session);

	if (board->new_baud && (reply_out || testing_now() > board->rate_deadline)) {
		board->old_baud = (uint32_t)board->baud;
		board->baud = (int)board->new_baud;
		board->new_baud = 0;
		board->packets_at_switch = packets;
		board->rate_deadline = board->faults.no_rate_answers
					       ? 0
					       : testing_now() + KPU_SET_RATE_FALLBACK_MS / 1e3;
	}
	if (board->new_baud)
		return;
	if (board->rate_deadline != 0 && packets != board->packets_at_switch)
		board->rate_deadline = 0;
	if (board->rate_deadline != 0 && testing_now() > board->rate_deadline) {
		board->baud = (int)board->old_baud;
		board->rate_deadline = 0;
	}
}

/* --- runs ------------------------------------------------------------------------------------ */

static void forget_job(struct fake_board *board, struct fake_board_job *job)
{
	if (job->request->opcode == KPU_OP_RUN && !job->answered)
		board->runs_at_once--;
	free(job->input);
	memset(job, 0, sizeof(*job));
}

static void answer_run(struct fake_board *board, struct fake_board_job *job)
{
	struct kpu_run_result result = {
		.layers_run = 11,
		.cycles = 123456,
		.kpu_cycles = 1234,
		.problem_layer = ~0u,
		.tap_count = job->run.tap_count,
	};
	uint8_t results[KPU_WIRE_RESULTS_MAX];

	for (unsigned int i = 0; i < job->run.tap_count; i++) {
		result.taps[i].length = job->run.taps[i].limit + (board->faults.long_taps ? 4 : 0);
		result.taps[i].width = 4;
		result.taps[i].height = 1;
		result.taps[i].channels = (uint16_t)(job->run.taps[i].limit / 4);
	}
	if (board->faults.wrong_tap_count)
		result.tap_count = 1 + result.tap_count % KPU_TAPS_MAX;
	board->runs++;
	answer(board, job->request, board->faults.run_status, results,
	       kpu_encode_run_result(results, &result));
}

static uint32_t output_size(const struct fake_board *board, const struct fake_board_job *job)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < job->run.tap_count; i++)
		sum += job->run.taps[i].limit;
	return board->faults.short_bulk ? sum / 2 : sum;
}

static void finish_run(struct fake_board *board, struct fake_board_job *job)
{
	job->answered = true;
	board->runs_at_once--;
	if (!board->faults.run_status)
		kpu_board_send_bulk(&board->board, job->request, output_size(board, job));
	answer_run(board, job);
	/* The input is needed until the output has left. */
}

static void cancel_run(struct fake_board *board, struct kpu_board_request *request)
{
	uint16_t id = kpu_get_u16(request->arguments);
	int status = KPU_STATUS_NO_HANDLE;

	board->cancels++;
	for (unsigned int i = 0; i < KPU_BOARD_REQUESTS_MAX; i++) {
		struct fake_board_job *job = &board->jobs[i];

		if (job->used && !job->answered && job->request->opcode == KPU_OP_RUN &&
		    job->request->id == id) {
			answer(board, job->request, KPU_STATUS_CANCELLED, NULL, 0);
			forget_job(board, job);
			status = 0;
		}
	}
	answer(board, request, status, NULL, 0);
}

/* --- link/board.h ---------------------------------------------------------------------------- */

static struct fake_board_job *job_of(struct fake_board *board,
				     const struct kpu_board_request *request)
{
	for (unsigned int i = 0; i < KPU_BOARD_REQUESTS_MAX; i++) {
		if (board->jobs[i].used && board->jobs[i].request == request)
			return &board->jobs[i];
	}
	return NULL;
}

static void on_begin(void *context, struct kpu_board_request *request)
{
	struct fake_board *board = context;
	struct fake_board_job *job = board->jobs;

	if (request->opcode != KPU_OP_RUN && request->opcode != KPU_OP_MODEL_LOAD &&
	    request->opcode != KPU_OP_FLASH_READ && request->opcode != KPU_OP_FLASH_WRITE)
		return;
	if (request->opcode == KPU_OP_RUN && board->faults.busy_runs) {
		board->faults.busy_runs--;
		answer(board, request, KPU_STATUS_BUSY, NULL, 0);
		return;
	}
	/* Answered runs whose output has left are done with. */
	for (unsigned int i = 0; i < KPU_BOARD_REQUESTS_MAX; i++) {
		struct fake_board_job *old = &board->jobs[i];

		if (old->used && (old->request == request ||
				  (old->answered && kpu_board_bulk_drained(old->request))))
			forget_job(board, old);
	}
	while (job->used)
		job++;
	job->used = true;
	job->request = request;
	job->size = request->bulk_out_length;
	job->input = malloc(job->size ? job->size : 1);
	if (request->opcode != KPU_OP_RUN)
		return;
	kpu_decode_run_arguments(request->arguments, request->argument_length, &job->run);
	if (++board->runs_at_once > board->runs_at_once_most)
		board->runs_at_once_most = board->runs_at_once;
}

static bool on_bulk(void *context, struct kpu_board_request *request, uint32_t offset,
		    const uint8_t *data, size_t length)
{
	struct fake_board *board = context;
	struct fake_board_job *job = job_of(board, request);

	if (board->faults.no_room)
		return false;
	if (job)
		memcpy(job->input + offset, data, length);
	return true;
}

static void on_complete(void *context, struct kpu_board_request *request)
{
	struct fake_board *board = context;
	struct fake_board_job *job = job_of(board, request);

	if (board->faults.no_answers && request->opcode != KPU_OP_INFO)
		return;
	switch (request->opcode) {
	case KPU_OP_INFO:
		answer_info(board, request);
		break;
	case KPU_OP_MEMORY:
		if (!board->faults.no_memory_answers)
			answer_memory(board, request);
		break;
	case KPU_OP_RELEASE_ALL:
		board->releases++;
		free_models(board);
		answer(board, request, 0, NULL, 0);
		break;
	case KPU_OP_REBOOT:
		answer(board, request, 0, NULL, 0);
		board->reset = true;
		break;
	case KPU_OP_SET_RATE:
		set_rate(board, request);
		break;
	case KPU_OP_MODEL_FREE:
		answer_free(board, request);
		break;
	case KPU_OP_CANCEL:
		cancel_run(board, request);
		break;
	case KPU_OP_MODEL_LOAD:
		answer_load(board, request, job->input, job->size);
		forget_job(board, job);
		break;
	case KPU_OP_MODEL_LOAD_FLASH:
		answer_load_flash(board, request);
		break;
	case KPU_OP_FLASH_INFO:
		answer_flash_info(board, request);
		break;
	case KPU_OP_FLASH_READ:
	case KPU_OP_FLASH_WRITE:
	case KPU_OP_FLASH_ERASE:
	case KPU_OP_FLASH_CHECK:
		answer_flash(board, request, job);
		if (request->opcode == KPU_OP_FLASH_WRITE && job)
			forget_job(board, job);
		break;
	case KPU_OP_RUN:
		job->due = testing_now() + board->faults.run_delay_ms / 1e3;
		break;
	default:
		answer(board, request, KPU_STATUS_NOT_IMPLEMENT, NULL, 0);
	}
}

static size_t on_produce(void *context, struct kpu_board_request *request, uint32_t offset,
			 uint8_t *out, size_t room)
{
	struct fake_board *board = context;
	struct fake_board_job *job = job_of(board, request);
	struct kpu_flash_range range;
	uint32_t start = 0;
	size_t made = 0;

	if (board->faults.lose_results && !board->lose_session) {
		board->faults.lose_results--;
		board->lose_session = true;
	}
	if (request->opcode == KPU_OP_FLASH_READ &&
	    kpu_decode_flash_range(request->arguments, request->argument_length, &range)) {
		made = range.length - offset < room ? range.length - offset : room;
		memcpy(out, board->flash + range.address + offset, made);
		return made;
	}
	for (unsigned int i = 0; job && i < job->run.tap_count && made < room; i++) {
		const struct kpu_tap *tap = &job->run.taps[i];

		while (made < room && offset + made < start + tap->limit) {
			out[made] = fake_board_byte(job->input, job->size, tap->kind, tap->index,
						    offset + (uint32_t)made - start);
			made++;
		}
		start += tap->limit;
	}
	return made;
}

static void on_aborted(void *context, struct kpu_board_request *request)
{
	struct fake_board_job *job = job_of(context, request);
	struct fake_board *board = context;

	if (board->slow_load == request)
		board->slow_load = NULL;
	if (job)
		forget_job(board, job);
}

static void on_host_changed(void *context)
{
	free_models(context);
}

static const struct kpu_board_ops board_ops = {
	.begin = on_begin,
	.bulk = on_bulk,
	.complete = on_complete,
	.produce = on_produce,
	.aborted = on_aborted,
	.host_changed = on_host_changed,
};

/* --- the thread ------------------------------------------------------------------------------ */

static void boot(struct fake_board *board)
{
	struct kpu_session_config config = {
		.role = KPU_SESSION_BOARD,
		.max_payload = KPU_WIRE_PAYLOAD_MAX,
		.window = 8,
		.bytes_per_second = FAKE_BOARD_RATE,
		.firmware_version = 0x00010203,
	};
	size_t size = KPU_SESSION_MEMORY(KPU_WIRE_PAYLOAD_MAX, 8);

	for (unsigned int i = 0; i < KPU_BOARD_REQUESTS_MAX; i++)
		free(board->jobs[i].input);
	memset(board->jobs, 0, sizeof(board->jobs));
	board->slow_load = NULL;
	board->runs_at_once = 0;
	free_models(board);
	board->reset = false;
	board->output_length = 0;
	board->new_baud = 0;
	board->rate_deadline = 0;
	if (board->baud)
		board->baud = KPU_BOOT_BAUD;
	board->boot_id = now_us() * 2654435761u + 1;
	config.identity = board->boot_id;
	if (board->faults.too_new) {
		config.version_newest = KPU_WIRE_VERSION + 2;
		config.version_oldest = KPU_WIRE_VERSION + 1;
	}
	if (!kpu_session_init(&board->session, &config, &kpu_board_session_ops, &board->board,
			      board->memory, size))
		abort();
	kpu_board_init(&board->board, &board->session, &board_ops, board);
	kpu_session_start(&board->session, now_us());
}

static void damage(struct fake_board *board, uint8_t *bytes, size_t length)
{
	int noise = board->faults.noise;

	if (board->faults.noise_above && board->baud <= board->faults.noise_above)
		noise = 0;
	for (size_t i = 0; noise && i < length; i++) {
		if (!(next_random(board) % (uint32_t)noise))
			bytes[i] ^= (uint8_t)(1u << next_random(board) % 8);
	}
}

static bool receive(struct fake_board *board)
{
	uint8_t bytes[4096];
	ssize_t length = read(board->master, bytes, sizeof(bytes));
	int left = board->faults.die_after_bytes;

	if (length <= 0)
		return length < 0 && (errno == EAGAIN || errno == EINTR || errno == EIO);
	if (left) {
		if (length >= left)
			return false;
		board->faults.die_after_bytes = left - (int)length;
	}
	if (board->faults.rom) {
		for (ssize_t i = 0; i < length; i++)
			bytes[i] = FAKE_BOARD_ROM_BYTE(bytes[i]);
		return write(board->master, bytes, (size_t)length) == length;
	}
	damage(board, bytes, (size_t)length);
	if (!board->faults.garbage && same_rate(board))
		kpu_session_input(&board->session, bytes, (size_t)length, now_us());
	return true;
}

/* A link that keeps a bad line busy counts on the line being slower than the processor. */
static bool line_has_room(struct fake_board *board)
{
	double now = testing_now();

	board->line_room += (now - board->line_filled) * FAKE_BOARD_LINE_RATE;
	board->line_filled = now;
	if (board->line_room > (double)sizeof(board->output))
		board->line_room = (double)sizeof(board->output);
	return board->line_room > 0;
}

/* True when the pty may take more. */
static bool transmit(struct fake_board *board)
{
	ssize_t length;

	if (board->faults.rom) {
		board->output_length = 0;
		return false;
	}
	if (!line_has_room(board))
		return false;

	if (board->faults.garbage) {
		for (board->output_length = 0; board->output_length < 2048; board->output_length++)
			board->output[board->output_length] =
				(uint8_t)(next_random(board) % 5 ? next_random(board) : 0);
	} else if (!board->output_length) {
		board->output_length = kpu_session_output(&board->session, board->output,
							  sizeof(board->output), now_us());
		damage(board, board->output, board->output_length);
		/* What a fast receiver makes of a slow sender: long runs of zeros and ones. */
		for (size_t i = 0; !same_rate(board) && i < board->output_length; i++)
			board->output[i] = i % 5 < 2 ? 0 : 0xfe;
	}
	/* The result itself is lost on the line. */
	if (board->lose_session)
		board->output_length = 0;
	if (!board->output_length)
		return false;
	length = write(board->master, board->output, board->output_length);
	if (length <= 0)
		return false;
	board->line_room -= (double)length;
	board->output_length -= (size_t)length;
	memmove(board->output, board->output + length, board->output_length);
	return !board->output_length && !board->faults.garbage;
}

static void work(struct fake_board *board)
{
	char text[40];

	for (unsigned int i = 0; i < KPU_BOARD_REQUESTS_MAX; i++) {
		struct fake_board_job *job = &board->jobs[i];

		if (job->used && !job->answered && job->due != 0 && testing_now() >= job->due)
			finish_run(board, job);
	}
	if (board->slow_load && !board->faults.load_is_slow)
		answer_load_flash(board, board->slow_load);
	if (board->faults.event_storm) {
		snprintf(text, sizeof(text), "event %u\n%%s", board->event_number);
		if (kpu_board_event(&board->board, KPU_EVENT_LOG, (uint8_t *)text, strlen(text)))
			board->event_number++;
	}
	if (board->faults.restless && board->session.state == KPU_SESSION_ESTABLISHED &&
	    kpu_session_idle(&board->session) && board->board.cache_next != board->answers_seen) {
		board->answers_seen = board->board.cache_next;
		kpu_session_resync(&board->session, now_us());
	}
	if (board->lose_session) {
		board->lose_session = false;
		kpu_session_resync(&board->session, now_us());
	}
	if (!board->faults.no_room)
		kpu_session_ready(&board->session);
	follow_rate(board);
	kpu_session_poll(&board->session, now_us());
}

static void *run(void *argument)
{
	struct fake_board *board = argument;

	boot(board);
	while (!board->stop) {
		struct pollfd watched = { .fd = board->master, .events = POLLIN };

		if (board->output_length)
			watched.events |= POLLOUT;
		if (board->faults.silent) {
			/* Nobody sees it go. */
			if (board->reset)
				boot(board);
			testing_sleep(0.005);
			continue;
		}
		poll(&watched, 1, 5);
		if (watched.revents & POLLIN && !receive(board))
			break;
		work(board);
		/* Not for ever: what comes in is also to be heard. */
		for (int i = 0; i < 4 && transmit(board); i++)
			;
		if (board->reset && kpu_session_idle(&board->session))
			boot(board);
	}
	close(board->master);
	return NULL;
}

static bool open_pty(struct fake_board *board)
{
	struct termios settings;
	char name[64];

	board->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (board->master < 0 || grantpt(board->master) || unlockpt(board->master) ||
	    ptsname_r(board->master, name, sizeof(name)))
		return false;
	board->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (board->slave < 0 || tcgetattr(board->slave, &settings))
		return false;
	cfmakeraw(&settings);
	cfsetspeed(&settings, B2000000);
	return tcsetattr(board->slave, TCSANOW, &settings) == 0;
}

static bool plug(struct fake_board *board, int baud, const struct fake_board_faults *faults)
{
	int discipline = LINE_DISCIPLINE;
	uint32_t number;

	memset(board, 0, sizeof(*board));
	if (faults)
		memcpy(&board->faults, faults, sizeof(*faults));
	board->baud = baud;
	board->random = (uint32_t)now_us();
	board->memory = malloc(KPU_SESSION_MEMORY(KPU_WIRE_PAYLOAD_MAX, 8));
	if (!open_pty(board) || ioctl(board->slave, TIOCSETD, &discipline) ||
	    ioctl(board->slave, KPU_TTY_IOCTL_NUMBER, &number))
		return false;
	board->number = (int)number;
	snprintf(board->device, sizeof(board->device), "/dev/kpu%u", number);
	board->running = pthread_create(&board->thread, NULL, run, board) == 0;
	return board->running;
}

bool fake_board_plug(struct fake_board *board)
{
	return plug(board, 0, NULL);
}

bool fake_board_plug_slow(struct fake_board *board)
{
	return plug(board, KPU_BOOT_BAUD, NULL);
}

bool fake_board_plug_faulty(struct fake_board *board, const struct fake_board_faults *faults)
{
	return plug(board, 0, faults);
}

bool fake_board_plug_slow_faulty(struct fake_board *board, const struct fake_board_faults *faults)
{
	return plug(board, KPU_BOOT_BAUD, faults);
}

void fake_board_unplug(struct fake_board *board)
{
	board->stop = true;
	if (board->running)
		pthread_join(board->thread, NULL);
	close(board->slave);
	for (unsigned int i = 0; i < KPU_BOARD_REQUESTS_MAX; i++)
		free(board->jobs[i].input);
	free(board->memory);
	memset(board, 0, sizeof(*board));
}

int fake_board_tty(const struct fake_board *board)
{
	return board->slave;
}

void fake_board_reset(struct fake_board *board)
{
	board->reset = true;
}
