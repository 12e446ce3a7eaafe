/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/emu/spi_master.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "link/bytes.h"
#include "utils/k210-emu/faces/spi_protocol.h"

#define OPTIONS_MAX 24
#define HEADER      SPI_FACE_HEADER_BYTES
/* What a host needs before a transfer. */
#define DELAY_NS   20000u
#define LONGEST_US 1000000u
/* More than the board's buffer and its FIFO hold. */
#define OVERRUN_BYTES 8192u
#define ERRORS_PATH   "/tmp/kpu-spi-master-%d"

/* ---- the emulated board ---- */

static void run_board(struct spi_master *master, int wires, int control, const char *const *options)
{
	const char *program = getenv("K210_EMU"), *image = getenv("KPU_FIRMWARE");
	char image_option[512], spi[32], side[32], errors[64];
	const char *arguments[OPTIONS_MAX + 8];
	unsigned count = 0;
	bool from_flash = false;

	(void)master;
	snprintf(image_option, sizeof(image_option), "--image=%s",
		 image ? image : "build/firmware/kpu-firmware.bin");
	snprintf(spi, sizeof(spi), "--spi=fd:%d", wires);
	snprintf(side, sizeof(side), "--control=fd:%d", control);
	snprintf(errors, sizeof(errors), "--guest-errors=" ERRORS_PATH, (int)getppid());
	arguments[count++] = program ? program : K210_EMU_PROGRAM;
	arguments[count++] = spi;
	arguments[count++] = side;
	arguments[count++] = errors;
	arguments[count++] = "--clock=real";
	arguments[count++] = "--idle=jump";
	for (; options && *options && count < OPTIONS_MAX; options++) {
		from_flash |= !strncmp(*options, "--flash=", 8);
		arguments[count++] = *options;
	}
	if (!from_flash)
		arguments[count++] = image_option;
	arguments[count] = NULL;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execv(arguments[0], (char *const *)arguments);
	_exit(127);
}

static void start_board(struct spi_master *master, const char *const *options)
{
	int wires[2], control[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, wires), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, control), 0);
	master->board = fork();
	ck_assert_int_ge(master->board, 0);
	if (master->board == 0) {
		close(wires[0]);
		close(control[0]);
		run_board(master, wires[1], control[1], options);
	}
	close(wires[1]);
	close(control[1]);
	master->wires = wires[0];
	master->control = control[0];
}

void spi_master_order(struct spi_master *master, const char *order)
{
	char line[80];
	int length = snprintf(line, sizeof(line), "%s\n", order);

	ck_assert_int_eq(write(master->control, line, (size_t)length), length);
	ck_assert_int_ge(read(master->control, line, sizeof(line)), 3);
	ck_assert_msg(!strncmp(line, "ok", 2), "%s: %.20s", order, line);
}

/* ---- messages ---- */

static void send_all(struct spi_master *master, const uint8_t *bytes, size_t length)
{
	ck_assert_int_eq(send(master->wires, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
}

static void receive_all(struct spi_master *master, uint8_t *bytes, size_t length)
{
	ck_assert_msg(recv(master->wires, bytes, length, MSG_WAITALL) == (ssize_t)length,
		      "the board has gone");
}

static void be_quiet(struct spi_master *master, uint64_t us)
{
	uint8_t header[HEADER] = { SPI_FACE_QUIET };

	if (master->think_us)
		usleep(master->think_us);
	kpu_put_u32(header + 12, (uint32_t)us * 1000);
	send_all(master, header, sizeof(header));
}

static void next_message(struct spi_master *master, uint8_t header[HEADER])
{
	receive_all(master, header, HEADER);
	master->now = kpu_get_u64(header + 8) / 1000;
}

/* ---- trouble ---- */

static uint64_t draw(struct spi_master *master)
{
	uint64_t x = master->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	master->random = x;
	return x * 0x2545f4914f6cdd1dull >> 32;
}

static bool happens(struct spi_master *master, enum spi_trouble trouble)
{
	bool now = false;

	if (master->next_in[trouble])
		now = --master->next_in[trouble] == 0;
	if (master->one_in[trouble] && draw(master) % master->one_in[trouble] == 0)
		now = true;
	if (!now)
		return false;
	master->recovery.troubles++;
	/* Without a session the host knows already. */
	if (!master->trouble_at && master->session.state == KPU_SESSION_ESTABLISHED)
		master->trouble_at = master->now;
	return true;
}

static void over(struct spi_master *master, unsigned *counter)
{
	uint64_t took = master->now - master->trouble_at;

	if (!master->trouble_at)
		return;
	master->trouble_at = 0;
	++*counter;
	if (took > master->recovery.longest_us)
		master->recovery.longest_us = took;
}

/* Flips where chance wants it; where it is asked for, anywhere. */
static void flip(struct spi_master *master, uint8_t *bytes, size_t length)
{
	uint32_t one_in = master->one_in[SPI_TROUBLE_FLIP];

	if (master->next_in[SPI_TROUBLE_FLIP]) {
		uint64_t bit = draw(master) % (8 * length);

		master->one_in[SPI_TROUBLE_FLIP] = 0;
		if (happens(master, SPI_TROUBLE_FLIP))
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		master->one_in[SPI_TROUBLE_FLIP] = one_in;
	}
	for (size_t bit = 0; one_in && bit < 8 * length; bit++)
		if (happens(master, SPI_TROUBLE_FLIP))
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

/* ---- transfers ---- */

static void take_ready(struct spi_master *master, const uint8_t header[HEADER])
{
	bool level = header[1];

	master->fell |= master->ready && !level;
	master->ready = level;
}

static void transfer_piece(struct spi_master *master, const uint8_t *out, uint8_t *in,
			   size_t length, bool keep)
{
	uint8_t header[HEADER] = { SPI_FACE_TRANSFER,
				   (uint8_t)((out ? SPI_FACE_DRIVE : 0) |
					     (in ? 0 : SPI_FACE_DISCARD) |
					     (keep ? SPI_FACE_KEEP_SELECTED : 0)) };

	kpu_put_u32(header + 4, master->spi.hz);
	kpu_put_u32(header + 8, (uint32_t)length);
	kpu_put_u32(header + 12, master->delay_ns);
	send_all(master, header, sizeof(header));
	if (out && length)
		send_all(master, out, length);
	for (;;) {
		next_message(master, header);
		if (header[0] == SPI_FACE_DONE)
			break;
		take_ready(master, header);
		be_quiet(master, 0);
	}
	ck_assert_uint_eq(kpu_get_u32(header + 4), in ? length : 0);
	if (in)
		receive_all(master, in, length);
}

/* The board goes on until the host notices that a transfer is over. False: ready has not fallen. */
static bool notice_end(struct spi_master *master)
{
	uint64_t due = master->now + master->notice_us;
	uint8_t header[HEADER];
	bool fell;

	while (master->now < due) {
		be_quiet(master, due - master->now);
		next_message(master, header);
		if (header[0] == SPI_FACE_READY)
			take_ready(master, header);
	}
	fell = master->fell && !master->deaf;
	master->fell = false;
	return fell;
}

static void transfer(struct spi_master *master, const struct kpu_spi_transfer *wanted)
{
	size_t cut = 0, length = wanted->length;
	uint8_t out[KPU_SPI_FRAME_MAX] = { 0 };

	if (happens(master, SPI_TROUBLE_GLITCH))
		transfer_piece(master, NULL, NULL, 0, false);
	if (wanted->out) {
		memcpy(out, wanted->out, wanted->length);
		flip(master, out, wanted->length);
	}
	if (wanted->out && happens(master, SPI_TROUBLE_OVERRUN)) {
		length = OVERRUN_BYTES;
		master->overruns++;
	}
	if (happens(master, SPI_TROUBLE_RESET)) {
		cut = 4 * (1 + draw(master) % (wanted->length / 4 - 1));
		transfer_piece(master, wanted->out ? out : NULL, wanted->in, cut, true);
		spi_master_order(master, "reset");
		master->resets++;
	}
	transfer_piece(master, wanted->out ? out + cut : NULL, wanted->in ? wanted->in + cut : NULL,
		       length - cut, false);
	if (wanted->in)
		flip(master, wanted->in, wanted->length);
	kpu_spi_host_done(&master->spi, true, notice_end(master), master->now);
}

/* Until something happens that the host notices, or the time has come. */
static void rest(struct spi_master *master, uint64_t due)
{
	uint8_t header[HEADER];

	if (due > master->now + LONGEST_US)
		due = master->now + LONGEST_US;
	do {
		be_quiet(master, due > master->now ? due - master->now : 1);
		next_message(master, header);
		if (header[0] != SPI_FACE_READY)
			return;
		if (!happens(master, SPI_TROUBLE_EDGE)) {
			take_ready(master, header);
			return;
		}
		/* Whoever looks sees the level. */
		master->ready = header[1];
	} while (master->now < due);
}

static void turn(struct spi_master *master, uint64_t until)
{
	struct kpu_spi_transfer wanted;
	uint64_t due, other;

	if (master->fell)
		kpu_spi_host_attention(&master->spi);
	master->fell = false;
	kpu_host_poll(&master->host, master->now);
	if (kpu_spi_host_next(&master->spi, master->ready, master->now, &wanted) != KPU_SPI_REST) {
		transfer(master, &wanted);
		return;
	}
	due = kpu_host_deadline(&master->host);
	other = kpu_spi_host_deadline(&master->spi);
	due = other < due ? other : due;
	rest(master, due < until ? due : until);
}

/* ---- the host ---- */

static size_t next_packet(void *context, uint8_t *packet, size_t room)
{
	struct spi_master *master = context;

	return kpu_session_output_packet(&master->session, packet, room, master->now);
}

static void take_packet(void *context, const uint8_t *packet, size_t length)
{
	struct spi_master *master = context;

	kpu_session_input_packet(&master->session, packet, length, master->now);
}

static void silent(void *context)
{
	struct spi_master *master = context;

	over(master, &master->recovery.reported);
	kpu_session_resync(&master->session, master->now);
}

static void clock_changed(void *context, uint32_t hz)
{
	struct spi_master *master = context;

	kpu_session_set_rate(&master->session, hz / 8);
}

static void session_up(void *context, bool kept)
{
	struct spi_master *master = context;

	uint64_t away = master->now - master->down_at;

	if (master->sessions++ && away > master->recovery.longest_away_us)
		master->recovery.longest_away_us = away;
	master->sessions_kept += kept;
}

static void session_down(void *context, enum kpu_session_loss reason)
{
	struct spi_master *master = context;

	(void)reason;
	master->down_at = master->now;
	over(master, &master->recovery.reported);
}

static const struct kpu_spi_host_ops host_ops = {
	.next_packet = next_packet,
	.take_packet = take_packet,
	.silent = silent,
	.clock_changed = clock_changed,
};

static void start_host(struct spi_master *master, uint32_t hz)
{
	struct kpu_session_config config = {
		.role = KPU_SESSION_HOST,
		.max_payload = kpu_spi_payload_for_room(KPU_SPI_FRAME_MAX),
		.window = KPU_WIRE_WINDOW_MAX,
		.identity = 0x1d + (uint64_t)getpid(),
		.silence_limit_us = 2000000,
	};
	struct kpu_spi_host_config spi = { .hz_max = hz,
					   .transfer_max = KPU_SPI_FRAME_MAX,
					   .room = KPU_SPI_FRAME_MAX,
					   .out = master->out,
					   .in = master->in };

	ck_assert(kpu_spi_host_init(&master->spi, &spi, &host_ops, master, master->now));
	ck_assert(kpu_session_init(&master->session, &config, &kpu_host_session_ops, &master->host,
				   master->memory, sizeof(master->memory)));
	kpu_host_init(&master->host, &master->session);
	master->host.session_up = session_up;
	master->host.session_down = session_down;
	master->host.context = master;
	kpu_session_start(&master->session, master->now);
}

void spi_master_open(struct spi_master *master, uint32_t hz, const char *const *options)
{
	uint8_t header[HEADER] = { SPI_FACE_LOCKSTEP };

	memset(master, 0, sizeof(*master));
	master->random = 1;
	master->delay_ns = DELAY_NS;
	start_board(master, options);
	send_all(master, header, sizeof(header));
	next_message(master, header);
	take_ready(master, header);
	start_host(master, hz);
	while (!master->sessions)
		turn(master, UINT64_MAX);
}

void spi_master_close(struct spi_master *master)
{
	char path[64], line[200] = "";
	FILE *errors;

	close(master->wires);
	close(master->control);
	ck_assert_int_eq(waitpid(master->board, NULL, 0), master->board);
	snprintf(path, sizeof(path), ERRORS_PATH, (int)getpid());
	errors = fopen(path, "r");
	ck_assert_ptr_nonnull(errors);
	unlink(path);
	while (fgets(line, sizeof(line), errors))
		/* After a reset the rest of a transfer meets a board that is just starting. */
		ck_assert_msg((master->resets || master->overruns) &&
				      strstr(line, "receive FIFO overrun"),
			      "%s", line);
	fclose(errors);
}

static void completed(struct kpu_transaction *transaction)
{
	*(bool *)transaction->owner = true;
}

uint16_t spi_master_call(struct spi_master *master, struct kpu_transaction *transaction,
			 unsigned seconds)
{
	uint64_t limit = master->now + seconds * 1000000ull;

	master->done = false;
	transaction->complete = completed;
	transaction->owner = &master->done;
	kpu_host_submit(&master->host, transaction, master->now);
	while (!master->done) {
		turn(master, limit);
		ck_assert_msg(master->now < limit, "opcode %u: nothing for %u s",
			      transaction->opcode, seconds);
	}
	over(master, transaction->status == KPU_STATUS_OK ? &master->recovery.healed
							  : &master->recovery.reported);
	return transaction->status;
}

void spi_master_idle(struct spi_master *master, uint32_t us)
{
	uint64_t until = master->now + us;

	while (master->now < until)
		turn(master, until);
}
