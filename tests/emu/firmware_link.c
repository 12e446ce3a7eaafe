/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/emu/firmware_link.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "link/crc.h"

#define OPTIONS_MAX 16

uint64_t firmware_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static void run_board(const struct firmware_link *link, int line, const char *const *options)
{
	const char *program = getenv("K210_EMU"), *image = getenv("KPU_FIRMWARE");
	char image_option[512], uart_option[32], errors_option[96];
	const char *arguments[OPTIONS_MAX + 5];
	unsigned count = 0;

	if (!program)
		program = K210_EMU_PROGRAM;
	if (!image)
		image = "build/firmware/kpu-firmware.bin";
	snprintf(image_option, sizeof(image_option), "--image=%s", image);
	snprintf(uart_option, sizeof(uart_option), "--uart=fd:%d", line);
	arguments[count++] = program;
	arguments[count++] = image_option;
	snprintf(errors_option, sizeof(errors_option), "--guest-errors=%s", link->errors_path);
	arguments[count++] = uart_option;
	arguments[count++] = errors_option;
	while (options && *options && count < OPTIONS_MAX + 4)
		arguments[count++] = *options++;
	arguments[count] = NULL;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execv(program, (char *const *)arguments);
	_exit(127);
}

static void session_up(void *context, bool kept)
{
	struct firmware_link *link = context;

	link->sessions++;
	link->sessions_kept += kept;
}

void firmware_link_open(struct firmware_link *link, const char *const *options)
{
	struct kpu_session_config config = {
		.role = KPU_SESSION_HOST,
		.max_payload = FIRMWARE_LINK_PAYLOAD,
		.window = FIRMWARE_LINK_WINDOW,
		.identity = firmware_now() << 16 ^ (uint64_t)getpid(),
		.silence_limit_us = 5000000, /* the machine may be busy */
	};
	int lines[2];

	memset(link, 0, sizeof(*link));
	snprintf(link->errors_path, sizeof(link->errors_path), "/tmp/kpu-firmware-link-%d",
		 (int)getpid());
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, lines), 0);
	link->board = fork();
	ck_assert_int_ge(link->board, 0);
	if (link->board == 0) {
		close(lines[0]);
		run_board(link, lines[1], options);
	}
	close(lines[1]);
	link->line = lines[0];
	fcntl(link->line, F_SETFL, O_NONBLOCK);
	ck_assert(kpu_session_init(&link->session, &config, &kpu_host_session_ops, &link->host,
				   link->memory, sizeof(link->memory)));
	kpu_host_init(&link->host, &link->session);
	link->host.session_up = session_up;
	link->host.context = link;
	kpu_session_start(&link->session, firmware_now());
}

void firmware_link_close(struct firmware_link *link)
{
	char line[200] = "";
	FILE *errors;

	close(link->line);
	kill(link->board, SIGTERM);
	waitpid(link->board, NULL, 0);
	errors = fopen(link->errors_path, "r");
	ck_assert_msg(errors != NULL, "%s is missing", link->errors_path);
	unlink(link->errors_path);
	ck_assert_msg(!fgets(line, sizeof(line), errors), "%s", line);
	fclose(errors);
}

/* Sends what there is to send as far as the socket takes it. */
static void send_output(struct firmware_link *link)
{
	uint8_t bytes[4096];
	size_t count;

	while ((count = kpu_session_output(&link->session, bytes, sizeof(bytes), firmware_now()))) {
		size_t sent = 0;

		while (sent < count) {
			ssize_t got = write(link->line, bytes + sent, count - sent);

			if (got > 0) {
				sent += (size_t)got;
			} else if (errno == EAGAIN) {
				struct pollfd wait = { link->line, POLLOUT, 0 };

				poll(&wait, 1, 1000);
			} else {
				return;
			}
		}
	}
}

static void serve(struct firmware_link *link, int limit_ms)
{
	struct pollfd wait = { link->line, POLLIN, 0 };
	uint8_t bytes[65536];
	uint64_t now = firmware_now(), deadline;
	ssize_t got;

	send_output(link);
	deadline = kpu_host_deadline(&link->host);
	if (deadline <= now)
		limit_ms = 0;
	else if ((deadline - now) / 1000 < (uint64_t)limit_ms)
		limit_ms = (int)((deadline - now) / 1000) + 1;
	if (poll(&wait, 1, limit_ms) > 0) {
		got = read(link->line, bytes, sizeof(bytes));
		ck_assert_msg(got != 0, "the board has closed the line");
		if (got > 0)
			kpu_session_input(&link->session, bytes, (size_t)got, firmware_now());
	}
	kpu_host_poll(&link->host, firmware_now());
}

static void completed(struct kpu_transaction *transaction)
{
	*(bool *)transaction->owner = true;
}

void firmware_submit(struct firmware_link *link, struct firmware_call *call, uint16_t opcode,
		     const void *arguments, size_t length, const uint8_t *bulk, uint32_t bulk_bytes,
		     uint8_t *results, uint32_t limit)
{
	memset(call, 0, sizeof(*call));
	call->transaction.opcode = opcode;
	call->transaction.argument_length = (uint16_t)length;
	if (length)
		memcpy(call->transaction.arguments, arguments, length);
	call->transaction.bulk_out = bulk;
	call->transaction.bulk_out_length = bulk_bytes;
	call->transaction.bulk_in = results;
	call->transaction.bulk_in_limit = limit;
	call->transaction.complete = completed;
	call->transaction.owner = &call->done;
	kpu_host_submit(&link->host, &call->transaction, firmware_now());
}

uint16_t firmware_finish(struct firmware_link *link, struct firmware_call *call, unsigned seconds)
{
	uint64_t limit = firmware_now() + seconds * 1000000ull;

	while (!call->done && firmware_now() < limit)
		serve(link, 50);
	ck_assert_msg(call->done, "no answer to opcode %#x within %u s", call->transaction.opcode,
		      seconds);
	return call->transaction.status;
}

uint16_t firmware_ask(struct firmware_link *link, struct firmware_call *call, uint16_t opcode,
		      const void *arguments, size_t length)
{
	firmware_submit(link, call, opcode, arguments, length, NULL, 0, NULL, 0);
	return firmware_finish(link, call, 20);
}

uint16_t firmware_load(struct firmware_link *link, const uint8_t *file, size_t size,
		       struct kpu_load_result *result)
{
	struct kpu_load_arguments arguments = { (uint32_t)size,
						kpu_crc32(KPU_CRC32_START, file, size) };
	uint8_t encoded[KPU_WIRE_ARGUMENTS_MAX];
	struct firmware_call call;
	uint16_t status;

	firmware_submit(link, &call, KPU_OP_MODEL_LOAD, encoded,
			kpu_encode_load_arguments(encoded, &arguments), file, (uint32_t)size, NULL,
			0);
	status = firmware_finish(link, &call, 60);
	ck_assert(kpu_decode_load_result(call.transaction.results, call.transaction.result_length,
					 result));
	return status;
}

void firmware_idle(struct firmware_link *link, unsigned milliseconds)
{
	uint64_t end = firmware_now() + milliseconds * 1000ull;

	while (firmware_now() < end)
		serve(link, 5);
}
