/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* From the messages of the link to the handlers of the commands. */
#include "firmware_k210/server/commands.h"

static const struct server_command *const commands[] = {
	&server_info,        &server_echo,        &server_sink,       &server_source,
	&server_set_rate,    &server_counters,    &server_reboot,     &server_release_all,
	&server_model_load,  &server_model_free,  &server_memory,     &server_run,
	&server_cancel,      &server_flash_info,  &server_flash_read, &server_flash_write,
	&server_flash_erase, &server_flash_check, &server_load_flash,
};

const struct server_command *server_find_command(uint16_t opcode)
{
	for (unsigned index = 0; index < sizeof(commands) / sizeof(commands[0]); index++)
		if (commands[index]->opcode == opcode)
			return commands[index];
	return NULL;
}

static void begin(void *context, struct kpu_board_request *request)
{
	struct server *server = context;
	const struct server_command *command = server_find_command(request->opcode);

	request->owner = NULL;
	if (!command)
		server_reply_status(server, request, KPU_STATUS_NOT_IMPLEMENT);
	else if (request->argument_length < command->least_arguments ||
		 request->argument_length > command->most_arguments)
		server_reply_status(server, request, KPU_STATUS_PARAM);
	else if (request->bulk_out_length && !command->bulk)
		server_reply_status(server, request, KPU_STATUS_PARAM);
	else if (command->begin)
		command->begin(server, request);
}

static bool bulk(void *context, struct kpu_board_request *request, uint32_t offset,
		 const uint8_t *data, size_t length)
{
	const struct server_command *command = server_find_command(request->opcode);

	return !command || !command->bulk || command->bulk(context, request, offset, data, length);
}

static void complete(void *context, struct kpu_board_request *request)
{
	const struct server_command *command = server_find_command(request->opcode);

	if (command && command->complete)
		command->complete(context, request);
}

static size_t produce(void *context, struct kpu_board_request *request, uint32_t offset,
		      uint8_t *out, size_t room)
{
	const struct server_command *command = server_find_command(request->opcode);

	if (!command || !command->produce)
		return 0;
	return command->produce(context, request, offset, out, room);
}

static void aborted(void *context, struct kpu_board_request *request)
{
	const struct server_command *command = server_find_command(request->opcode);

	if (command && command->aborted)
		command->aborted(context, request);
}

static void host_changed(void *context)
{
	struct server *server = context;

	for (unsigned index = 0; index < RUNTIME_RUNS_MAX; index++)
		runtime_run_forget(&server->runtime.runs[index]);
	runtime_release_all(&server->runtime, false);
}

static const struct kpu_board_ops board_ops = {
	.begin = begin,
	.bulk = bulk,
	.complete = complete,
	.produce = produce,
	.aborted = aborted,
	.host_changed = host_changed,
};

bool server_init(struct server *server, const struct server_config *config, uint64_t now)
{
	struct kpu_session_config session = {
		.role = KPU_SESSION_BOARD,
		.max_payload = SERVER_PAYLOAD_BYTES,
		.window = SERVER_SEND_WINDOW,
		.receive_window = SERVER_RECEIVE_WINDOW,
		.bytes_per_second = config->baud / 10,
		.identity = config->boot_id,
		.firmware_version = SERVER_FIRMWARE_VERSION,
	};
	struct runtime_events events = server_run_events;

	memset(server, 0, sizeof(*server));
	server->platform = config->platform;
	server->boot_id = config->boot_id;
	server->baud = config->baud;
	server->now = now;
	events.context = server;
	runtime_init(&server->runtime, &config->hardware, &events);
	if (!kpu_session_init(&server->session, &session, &kpu_board_session_ops, &server->board,
			      config->session_memory, SERVER_SESSION_MEMORY))
		return false;
	kpu_board_init(&server->board, &server->session, &board_ops, server);
	kpu_session_start(&server->session, now);
	return true;
}

void server_input(struct server *server, const uint8_t *bytes, size_t length, uint64_t now)
{
	server->now = now;
	server->runtime.now = now;
	kpu_session_input(&server->session, bytes, length, now);
}

size_t server_output(struct server *server, uint8_t *bytes, size_t room, uint64_t now)
{
	server->now = now;
	server->runtime.now = now;
	return kpu_session_output(&server->session, bytes, room, now);
}

void server_input_packet(void *context, const uint8_t *packet, size_t length)
{
	struct server *server = context;

	kpu_session_input_packet(&server->session, packet, length, server->now);
}

size_t server_output_packet(void *context, uint8_t *packet, size_t room)
{
	struct server *server = context;

	return kpu_session_output_packet(&server->session, packet, room, server->now);
}

bool server_step(struct server *server, uint64_t now)
{
	bool is_busy;

	server->now = now;
	if (now >= kpu_session_deadline(&server->session))
		kpu_session_poll(&server->session, now);
	server_line_step(server);
	is_busy = server_flash_step(server);
	return runtime_step(&server->runtime, now) || is_busy;
}

uint64_t server_deadline(const struct server *server)
{
	uint64_t session = kpu_session_deadline(&server->session);
	uint64_t runtime = runtime_deadline(&server->runtime);
	uint64_t line = server_line_deadline(server);
	uint64_t flash = server_flash_deadline(server);
	uint64_t first = session < runtime ? session : runtime;

	if (flash < first)
		first = flash;
	return first < line ? first : line;
}
