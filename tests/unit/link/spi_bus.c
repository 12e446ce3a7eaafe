/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/link/spi_bus.h"

#include "link/bytes.h"

/* What the firmware needs: interrupt to ready, and a turn of its loop. */
#define INTERRUPT_NS 3000u
#define LOOP_NS      40000u
#define ATTENTION_US 10000u
#define AGAIN_US     1000u

uint64_t spi_bus_now(const struct spi_bus *bus)
{
	return bus->now_ns / 1000;
}

static bool happens(struct spi_bus *bus, uint32_t one_in)
{
	return one_in && random_next(&bus->random) % one_in == 0;
}

static void set_ready(struct spi_bus *bus, bool level)
{
	if (bus->ready != level && !happens(bus, bus->lose_edge_one_in)) {
		bus->woken = true;
		if (!level)
			bus->edge = true;
	}
	bus->ready = level;
}

/* ---- the board ---- */

static void arm(struct spi_bus *bus)
{
	bus->receiving = kpu_spi_board_arm(&bus->board);
	set_ready(bus, true);
}

static void chip_select_rises(struct spi_bus *bus, bool overrun)
{
	if (bus->board_dead)
		return;
	bus->now_ns += INTERRUPT_NS;
	if (bus->board.phase == KPU_SPI_LISTENING) {
		kpu_spi_board_frame(&bus->board, overrun, &bus->answer);
		set_ready(bus, false);
	} else if (bus->board.phase == KPU_SPI_ANSWERING) {
		bus->attention_at = 0;
		bus->attention_pause = AGAIN_US;
		if (kpu_spi_board_answered(&bus->board))
			arm(bus);
	}
}

static void take_on_board(void *context, const uint8_t *packet, size_t length)
{
	struct spi_bus *bus = context;

	kpu_session_input_packet(&bus->board_session, packet, length, spi_bus_now(bus));
}

static size_t next_on_board(void *context, uint8_t *packet, size_t room)
{
	struct spi_bus *bus = context;

	return kpu_session_output_packet(&bus->board_session, packet, room, spi_bus_now(bus));
}

/* The first intact frame: the host is on this line, so the large buffers are for it. */
static void bind(struct spi_bus *bus)
{
	if (bus->bound || !bus->board.accepted || bus->board.phase != KPU_SPI_LISTENING)
		return;
	bus->bound = true;
	kpu_spi_board_init(&bus->board, bus->first, bus->second, SPI_BUS_BUFFER, bus->staging,
			   SPI_BUS_BUFFER - KPU_SPI_HEADER_BYTES);
	arm(bus);
}

static void call_host(struct spi_bus *bus)
{
	if (!kpu_spi_board_waiting_body(&bus->board) || bus->board.phase != KPU_SPI_LISTENING ||
	    spi_bus_now(bus) < bus->attention_at)
		return;
	bus->attentions++;
	set_ready(bus, false);
	set_ready(bus, true);
	bus->attention_at = spi_bus_now(bus) + bus->attention_pause;
	bus->attention_pause = ATTENTION_US;
}

static void board_loop(struct spi_bus *bus)
{
	static const uint8_t nothing[KPU_SPI_ANSWER_MIN];
	uint64_t now = spi_bus_now(bus);
	const uint8_t *body;
	size_t length, room;
	uint8_t *staging;

	if (bus->board_dead)
		return;
	bind(bus);
	if (kpu_spi_board_was_damaged(&bus->board))
		take_on_board(bus, nothing, sizeof(nothing));
	body = kpu_spi_board_body(&bus->board, &length);
	if (body) {
		kpu_spi_take_packets(body, length, take_on_board, bus);
		if (kpu_spi_board_release(&bus->board))
			arm(bus);
	}
	kpu_session_poll(&bus->board_session, now);
	staging = bus->bound ? kpu_spi_board_stage(&bus->board, &room) : NULL;
	if (staging)
		kpu_spi_board_staged(&bus->board,
				     kpu_spi_put_packets(staging, room, next_on_board, bus));
	call_host(bus);
}

static void board_start(struct spi_bus *bus)
{
	struct kpu_session_config config = bus->board_session.config;

	config.identity = ++bus->boot_id;
	kpu_session_init(&bus->board_session, &config, &kpu_board_session_ops,
			 &bus->test_board->board, bus->board_memory, sizeof(bus->board_memory));
	kpu_board_init(&bus->test_board->board, &bus->board_session, &test_board_ops,
		       bus->test_board);
	kpu_session_start(&bus->board_session, spi_bus_now(bus));
	memset(&bus->board, 0, sizeof(bus->board));
	kpu_spi_board_init(&bus->board, bus->small, bus->small, SPI_BUS_SMALL, bus->staging, 0);
	bus->bound = false;
	arm(bus);
}

void spi_bus_reset_board(struct spi_bus *bus)
{
	bus->resets++;
	set_ready(bus, false);
	board_start(bus);
}

/* ---- the wires ---- */

static void damage(struct spi_bus *bus, uint8_t *bytes, size_t length, uint32_t hz)
{
	uint32_t one_in = bus->flip_one_in;

	if (bus->works_up_to_hz && hz > bus->works_up_to_hz)
		one_in = 50;
	if (!one_in)
		return;
	for (size_t bit = 0; bit < 8 * length; bit++)
		if (happens(bus, one_in))
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

static void frame_to_board(struct spi_bus *bus, const struct kpu_spi_transfer *transfer)
{
	static uint8_t wire[KPU_SPI_FRAME_MAX];
	size_t length = transfer->length, room = bus->board.buffer_bytes;
	bool overrun = length > room;

	memcpy(wire, transfer->out, length);
	damage(bus, wire, length, transfer->hz);
	if (!bus->native_order)
		kpu_spi_reverse(wire, length);
	if (happens(bus, bus->cut_one_in)) {
		bus->cuts++;
		length = length / 8 * 4;
	}
	if (happens(bus, bus->overrun_one_in)) {
		memmove(wire + length / 8 * 4, wire + length / 8 * 4 + 4,
			length - length / 8 * 4 - 4);
		length -= 4;
		overrun = true;
	}
	if (!bus->board_dead && bus->board.phase == KPU_SPI_LISTENING)
		memcpy(bus->receiving, wire, length < room ? length : room);
	chip_select_rises(bus, overrun);
}

static void answer_to_host(struct spi_bus *bus, const struct kpu_spi_transfer *transfer)
{
	size_t body = 0;

	memset(transfer->in, 0xff, transfer->length);
	if (!bus->board_dead && bus->board.phase == KPU_SPI_ANSWERING) {
		memcpy(transfer->in, bus->answer.header, KPU_SPI_HEADER_BYTES);
		body = transfer->length - KPU_SPI_HEADER_BYTES;
		if (body > bus->answer.length)
			body = bus->answer.length;
		if (body)
			memcpy(transfer->in + KPU_SPI_HEADER_BYTES, bus->answer.body, body);
		if (!bus->native_order)
			kpu_spi_reverse(transfer->in, transfer->length);
		transfer->in[0] &= 0x7f; /* so does the chip: link/spi_frame.h */
	}
	damage(bus, transfer->in, transfer->length, transfer->hz);
	chip_select_rises(bus, false);
}

/* ---- the host ---- */

static size_t next_on_host(void *context, uint8_t *packet, size_t room)
{
	struct spi_bus *bus = context;

	return kpu_session_output_packet(&bus->host_session, packet, room, spi_bus_now(bus));
}

static void take_on_host(void *context, const uint8_t *packet, size_t length)
{
	struct spi_bus *bus = context;

	kpu_session_input_packet(&bus->host_session, packet, length, spi_bus_now(bus));
}

static void silent(void *context)
{
	struct spi_bus *bus = context;

	bus->silences++;
}

static const struct kpu_spi_host_ops host_ops = {
	.next_packet = next_on_host,
	.take_packet = take_on_host,
	.silent = silent,
};

static bool level(const struct spi_bus *bus)
{
	return bus->board_dead ? bus->ready_floats : bus->ready;
}

/* A driver sleeps until an interrupt, a timer or its own work wakes it. */
static bool host_sleeps(const struct spi_bus *bus)
{
	uint64_t now = spi_bus_now(bus);

	return bus->asleep && !bus->woken && now < kpu_spi_host_deadline(&bus->spi) &&
	       now < kpu_host_deadline(bus->host);
}

/* The board goes on until the host notices that the transfer is over. */
static void end_transfer(struct spi_bus *bus)
{
	uint64_t noticed = bus->now_ns + bus->notice_ns;
	bool fell;

	while (bus->now_ns < noticed) {
		bus->now_ns += LOOP_NS;
		board_loop(bus);
	}
	fell = bus->edge;
	bus->edge = false;
	kpu_spi_host_done(&bus->spi, true, fell, spi_bus_now(bus));
}

/* One turn of the host; false when it rests. */
static bool step(struct spi_bus *bus)
{
	struct kpu_spi_transfer transfer;
	enum kpu_spi_action action;

	if (host_sleeps(bus))
		return false;
	bus->asleep = bus->woken = false;
	kpu_host_poll(bus->host, spi_bus_now(bus));
	if (bus->edge && kpu_spi_host_at_rest(&bus->spi))
		kpu_spi_host_attention(&bus->spi);
	bus->edge = false;
	action = kpu_spi_host_next(&bus->spi, level(bus), spi_bus_now(bus), &transfer);
	bus->asleep = action == KPU_SPI_REST;
	if (bus->asleep)
		return false;
	if (happens(bus, bus->glitch_one_in)) {
		bus->glitches++;
		chip_select_rises(bus, false);
	}
	if (transfer.hz < bus->slowest_hz)
		bus->slowest_hz = transfer.hz;
	bus->now_ns += transfer.length * 8ull * 1000000000ull / transfer.hz;
	if (action == KPU_SPI_WRITE)
		frame_to_board(bus, &transfer);
	else
		answer_to_host(bus, &transfer);
	end_transfer(bus);
	board_loop(bus);
	return true;
}

void spi_bus_submit(struct spi_bus *bus, struct kpu_transaction *transaction)
{
	kpu_host_submit(bus->host, transaction, spi_bus_now(bus));
	bus->woken = true;
}

bool spi_bus_run(struct spi_bus *bus, bool (*done)(void *), void *context, uint64_t timeout_us)
{
	uint64_t end = spi_bus_now(bus) + timeout_us;

	while (!done(context)) {
		if (spi_bus_now(bus) >= end)
			return false;
		if (!step(bus)) {
			board_loop(bus);
			bus->now_ns += LOOP_NS;
		}
	}
	return true;
}

void spi_bus_init(struct spi_bus *bus, const struct spi_bus_config *config, struct kpu_host *host,
		  struct test_board *board)
{
	struct kpu_session_config session = { .role = KPU_SESSION_HOST,
					      .max_payload = 4096,
					      .window = config->host_window,
					      .bytes_per_second = config->hz_max / 8,
					      .identity = 0x1234567890ull };
	struct kpu_spi_host_config spi = { .hz_max = config->hz_max,
					   .hz_min = config->hz_min,
					   .transfer_max = config->transfer_max
								   ? config->transfer_max
								   : SPI_BUS_BUFFER,
					   .out = bus->out,
					   .in = bus->in,
					   .room = SPI_BUS_BUFFER };

	memset(bus, 0, sizeof(*bus));
	memset(board, 0, sizeof(*board));
	bus->random = 0x9e3779b97f4a7c15ull;
	bus->slowest_hz = UINT32_MAX;
	bus->host = host;
	bus->test_board = board;
	session.max_payload = config->payload;
	expect(kpu_session_init(&bus->host_session, &session, &kpu_host_session_ops, host,
				bus->host_memory, sizeof(bus->host_memory)));
	kpu_host_init(host, &bus->host_session);
	bus->board_session.config = session;
	bus->board_session.config.role = KPU_SESSION_BOARD;
	bus->board_session.config.window = config->board_window;
	bus->board_session.config.receive_window = config->board_window;
	board_start(bus);
	expect(kpu_spi_host_init(&bus->spi, &spi, &host_ops, bus, spi_bus_now(bus)));
	kpu_session_start(&bus->host_session, spi_bus_now(bus));
}
