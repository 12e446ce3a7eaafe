/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* SPI2's wires as a stream: spi_protocol.h. */
#include "utils/k210-emu/faces/spi.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "utils/k210-emu/faces/spi_protocol.h"

/* The board's clock may change before a host's alarm: it is looked at that often. */
#define ALARM_STEP_NS 100000u

#define INPUT_MAX (SPI_FACE_HEADER_BYTES + SPI_FACE_LENGTH_MAX)

struct spi_face {
	struct face face;
	struct spi_wires wires;
	int listener, connection; /* -1: none */
	bool keep, lockstep, discard;
	struct event alarm;
	uint64_t alarm_ns; /* in the board's time */

	uint8_t *input; /* a message on its way in; INPUT_MAX bytes */
	size_t input_size;
	uint8_t *sending;  /* the message of the transfer that is going on */
	uint8_t *received; /* what the master clocks in; SPI_FACE_LENGTH_MAX bytes */
	uint8_t *output;
	size_t output_start, output_end, output_capacity;
};

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_u32(uint8_t *p, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t board_nanoseconds(const struct spi_face *spi)
{
	return board_picoseconds(spi->face.board) / 1000;
}

static void drop_connection(struct spi_face *spi)
{
	board_cancel(spi->face.board, &spi->alarm);
	close(spi->connection);
	spi->connection = -1;
	spi->input_size = spi->output_start = spi->output_end = 0;
	spi->lockstep = spi->face.must_wait = false;
	spi_wires_release(&spi->wires);
	if (spi->listener < 0 || !spi->keep) {
		spi->face.can_input = false;
		spi->face.closed = true;
	}
}

static void queue(struct spi_face *spi, const uint8_t *bytes, size_t size)
{
	if (spi->output_start == spi->output_end)
		spi->output_start = spi->output_end = 0;
	if (spi->output_capacity - spi->output_end < size) {
		size_t capacity = spi->output_end + size + 65536;
		uint8_t *grown = realloc(spi->output, capacity);

		if (!grown)
			return;
		spi->output = grown;
		spi->output_capacity = capacity;
	}
	memcpy(spi->output + spi->output_end, bytes, size);
	spi->output_end += size;
}

static void send_message(struct spi_face *spi, uint8_t type, uint8_t level, bool missed,
			 uint32_t length)
{
	uint64_t time = board_nanoseconds(spi);
	uint8_t header[SPI_FACE_HEADER_BYTES] = { type, level, missed };

	if (spi->connection < 0)
		return;
	put_u32(header + 4, length);
	put_u32(header + 8, (uint32_t)time);
	put_u32(header + 12, (uint32_t)(time >> 32));
	queue(spi, header, sizeof(header));
	if (length)
		queue(spi, spi->received, length);
	/* The host speaks next, before anything else happens on the board. */
	spi->face.must_wait = spi->lockstep;
	board_pause(spi->face.board);
}

static void await_alarm(struct spi_face *spi)
{
	uint64_t left = spi->alarm_ns - board_nanoseconds(spi);

	if (left > ALARM_STEP_NS)
		left = ALARM_STEP_NS;
	board_schedule(spi->face.board, &spi->alarm,
		       board_cycles(spi->face.board, left, 1000000000));
}

static void alarm_rings(void *context)
{
	struct spi_face *spi = context;

	if (board_nanoseconds(spi) < spi->alarm_ns)
		await_alarm(spi);
	else
		send_message(spi, SPI_FACE_TIME, 0, false, 0);
}

static void ready_changed(void *context, bool level, bool missed)
{
	send_message(context, SPI_FACE_READY, level, missed, 0);
}

static void transfer_done(void *context)
{
	struct spi_face *spi = context;

	send_message(spi, SPI_FACE_DONE, 0, false, spi->discard ? 0 : spi->wires.transfer.length);
}

static const struct spi_wires_ops wires_ops = {
	.ready_changed = ready_changed,
	.transfer_done = transfer_done,
};

/* Bytes that the message in the buffer has, as far as known. */
static size_t message_size(const struct spi_face *spi)
{
	const uint8_t *header = spi->input;

	if (spi->input_size < SPI_FACE_HEADER_BYTES)
		return SPI_FACE_HEADER_BYTES;
	if (header[0] != SPI_FACE_TRANSFER || !(header[1] & SPI_FACE_DRIVE))
		return SPI_FACE_HEADER_BYTES;
	return SPI_FACE_HEADER_BYTES + get_u32(header + 8);
}

static bool message_valid(const struct spi_face *spi)
{
	const uint8_t *header = spi->input;

	if (header[0] == SPI_FACE_TRANSFER)
		return !spi->wires.busy && get_u32(header + 8) <= SPI_FACE_LENGTH_MAX &&
		       get_u32(header + 4) != 0 && header[2] < 4;
	return header[0] == SPI_FACE_QUIET || header[0] == SPI_FACE_LOCKSTEP;
}

static void take_message(struct spi_face *spi)
{
	uint8_t *header = spi->input;
	struct spi_transfer transfer = { .hz = get_u32(header + 4),
					 .length = get_u32(header + 8),
					 .delay_ns = get_u32(header + 12),
					 .mode = header[2],
					 .drives = header[1] & SPI_FACE_DRIVE,
					 .keep_selected = header[1] & SPI_FACE_KEEP_SELECTED,
					 .out = header + SPI_FACE_HEADER_BYTES,
					 .in = spi->received };

	spi->face.must_wait = false;
	board_cancel(spi->face.board, &spi->alarm);
	if (header[0] == SPI_FACE_QUIET && transfer.delay_ns) {
		spi->alarm_ns = board_nanoseconds(spi) + transfer.delay_ns;
		await_alarm(spi);
	}
	if (header[0] == SPI_FACE_TRANSFER) {
		/* Its bytes stay until the transfer is done. */
		spi->input = spi->sending;
		spi->sending = header;
		spi->discard = header[1] & SPI_FACE_DISCARD;
		spi_wires_start(&spi->wires, &transfer);
	}
	if (header[0] == SPI_FACE_LOCKSTEP)
		spi->lockstep = true;
	spi->input_size = 0;
}

static void receive(struct spi_face *spi)
{
	size_t size;

	while (spi->connection >= 0) {
		ssize_t got;

		size = message_size(spi);
		got = recv(spi->connection, spi->input + spi->input_size, size - spi->input_size,
			   MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got <= 0) {
			drop_connection(spi);
			return;
		}
		spi->input_size += (size_t)got;
		if (spi->input_size >= SPI_FACE_HEADER_BYTES && !message_valid(spi)) {
			board_note(spi->face.board, "SPI face: message that makes no sense");
			drop_connection(spi);
			return;
		}
		if (spi->input_size >= SPI_FACE_HEADER_BYTES &&
		    spi->input_size == message_size(spi))
			take_message(spi);
	}
}

static void connected(struct spi_face *spi, int connection)
{
	int one = 1;

	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	spi->connection = connection;
	send_message(spi, SPI_FACE_READY, spi->wires.ready, false, 0);
}

static size_t spi_prepare(struct face *face, struct pollfd *fds)
{
	struct spi_face *spi = (struct spi_face *)face;
	bool waiting = spi->output_start != spi->output_end;

	if (spi->connection < 0) {
		if (spi->listener < 0)
			return 0;
		fds[0] = (struct pollfd){ .fd = spi->listener, .events = POLLIN };
		return 1;
	}
	fds[0] = (struct pollfd){ .fd = spi->connection,
				  .events = (short)(POLLIN | (waiting ? POLLOUT : 0)) };
	return 1;
}

static void spi_flush(struct face *face)
{
	struct spi_face *spi = (struct spi_face *)face;

	while (spi->connection >= 0 && spi->output_start != spi->output_end) {
		ssize_t sent =
			send(spi->connection, spi->output + spi->output_start,
			     spi->output_end - spi->output_start, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (sent < 0) {
			drop_connection(spi);
			return;
		}
		spi->output_start += (size_t)sent;
	}
}

static void spi_handle(struct face *face, const struct pollfd *fds, size_t count)
{
	struct spi_face *spi = (struct spi_face *)face;

	if (count && fds[0].revents && spi->connection < 0) {
		int connection = accept4(spi->listener, NULL, NULL, SOCK_CLOEXEC);

		if (connection >= 0)
			connected(spi, connection);
	} else if (count && (fds[0].revents & ~POLLOUT)) {
		receive(spi);
	}
	spi_flush(face);
}

static bool spi_host_is_behind(struct face *face)
{
	struct spi_face *spi = (struct spi_face *)face;

	return spi->connection >= 0 &&
	       (spi->output_start != spi->output_end || face_unread_bytes(spi->connection));
}

static void spi_free(struct face *face)
{
	struct spi_face *spi = (struct spi_face *)face;

	face->board->spi_wires = NULL;
	board_cancel(face->board, &spi->wires.event);
	board_cancel(face->board, &spi->alarm);
	if (spi->connection >= 0)
		close(spi->connection);
	if (spi->listener >= 0)
		close(spi->listener);
	free(spi->input);
	free(spi->sending);
	free(spi->received);
	free(spi->output);
	free(spi);
}

static const struct face_ops spi_ops = {
	.prepare = spi_prepare,
	.handle = spi_handle,
	.flush = spi_flush,
	.host_is_behind = spi_host_is_behind,
	.free = spi_free,
};

struct face *spi_face_new(struct board *board, const struct spi_face_options *options, bool keep,
			  const char **problem)
{
	struct spi_face *spi = calloc(1, sizeof(*spi));
	int connection = -1;

	*problem = "out of memory";
	if (!spi || !(spi->input = malloc(INPUT_MAX)) || !(spi->sending = malloc(INPUT_MAX)) ||
	    !(spi->received = malloc(SPI_FACE_LENGTH_MAX))) {
		if (spi) {
			free(spi->input);
			free(spi->sending);
		}
		free(spi);
		return NULL;
	}
	spi->face = (struct face){
		.ops = &spi_ops, .board = board, .powered = true, .can_input = true
	};
	spi->keep = keep;
	spi->listener = spi->connection = -1;
	event_init(&spi->alarm, EVENT_WORK, alarm_rings, spi);
	spi_wires_init(&spi->wires, board, &options->pins, &options->faults, &wires_ops, spi);
	if (!strncmp(options->address, "fd:", 3)) {
		connection = face_descriptor(options->address);
		*problem = "no open descriptor of that number";
	} else {
		spi->listener = face_listen(options->address, "spi ", problem);
	}
	if (connection < 0 && spi->listener < 0) {
		spi_free(&spi->face);
		return NULL;
	}
	if (connection >= 0)
		connected(spi, connection);
	return &spi->face;
}

static bool parse_value(const char *text, unsigned long limit, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return !errno && end != text && !*end && *text != '-' && *value <= limit;
}

static bool parse_pin(struct spi_pins *pins, const char *name, size_t length, const char *text,
		      bool *known)
{
	const struct {
		const char *name;
		uint8_t *pin;
	} names[] = {
		{ "sclk", &pins->sclk }, { "cs", &pins->cs },       { "mosi", &pins->mosi },
		{ "miso", &pins->miso }, { "sense", &pins->sense }, { "ready", &pins->ready }
	};
	unsigned long value;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) != length || strncmp(names[i].name, name, length))
			continue;
		*known = true;
		if (!parse_value(text, 47, &value))
			return false;
		*names[i].pin = (uint8_t)value;
		return true;
	}
	return true;
}

static bool parse_fault(struct spi_faults *faults, const char *part)
{
	unsigned long value;
	const char *equals = strchr(part, '=');

	if (!equals || !parse_value(equals + 1, UINT32_MAX, &value))
		return false;
	if (!strncmp(part, "flip=", 5))
		faults->flip = (uint32_t)value;
	else if (!strncmp(part, "edge=", 5))
		faults->edge = (uint32_t)value;
	else if (!strncmp(part, "glitch=", 7))
		faults->glitch = (uint32_t)value;
	else if (!strncmp(part, "seed=", 5))
		faults->seed = value;
	else
		return false;
	return true;
}

bool spi_face_parse(struct spi_face_options *options, char *text)
{
	char *part;
	bool ok = true;

	options->pins = spi_pins_default;
	options->address = strsep(&text, ",");
	while (ok && (part = strsep(&text, ","))) {
		const char *equals = strchr(part, '=');
		bool known = false;

		ok = equals &&
		     parse_pin(&options->pins, part, (size_t)(equals - part), equals + 1, &known);
		if (ok && !known)
			ok = parse_fault(&options->faults, part);
	}
	return ok && *options->address;
}
