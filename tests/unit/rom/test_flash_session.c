/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A whole session of a third-party flashing client: reset into the ROM, upload of a stub, a higher
 * rate, erasing and programming, a start from flash. In the process with the board's own time, and
 * over USB/IP as a CH340 with DTR and RTS.
 */
#include <sys/types.h>

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/rom/flash_client.h"
#include "tests/unit/rom/rom_machine.h"
#include "tests/unit/soc/usbip_client.h"
#include "utils/k210-emu/faces/face.h"
#include "utils/k210-emu/runner.h"

#define ENTRY      0x80000000u
#define ROM_RATE   115200
#define STUB_RATE  1500000
#define DATA_AT    0x300000
#define DATA_BYTES (65536 + 4096)
#define IMAGE_MAX  (PROGRAM_MAX + 37)
#define SKF_CHUNK  4096
#define KF_CHUNK   65536
#define ERASE_CHIP 0xffffffee

static const char hello[] = "divisor=d38\nio4=12\nio5=13\nhart 1 comes by itself=1\n"
			    "hart 1 comes when called=1\n";

static struct machine machine;
static struct program program;
static uint8_t image[IMAGE_MAX], data[DATA_BYTES];

/* Flags, length, program and SHA-256 over the three, as the client makes it. */
static size_t make_image(void)
{
	SHA2_CTX context;

	program_read(&program, "rom_entry");
	image[0] = 0;
	for (unsigned i = 0; i < 4; i++)
		image[1 + i] = (uint8_t)(program.size >> (8 * i));
	memcpy(image + 5, program.bytes, program.size);
	SHA256Init(&context);
	SHA256Update(&context, image, 5 + program.size);
	SHA256Final(image + 5 + program.size, &context);
	return program.size + 37;
}

/* Every value, delimiters and escapes among them. */
static void make_data(void)
{
	for (unsigned i = 0; i < DATA_BYTES; i++)
		data[i] = (uint8_t)(i * 167 + (i >> 8) + 0xc0);
}

/* ---- a board in this process ---- */

struct local {
	size_t taken;
};

static void local_send(void *context, const uint8_t *bytes, size_t size)
{
	(void)context;
	while (size) {
		size_t part = bridge_space(machine.board->bridge);

		if (part > size)
			part = size;
		bridge_from_host(machine.board->bridge, bytes, part);
		bytes += part;
		size -= part;
		if (size)
			rom_run(&machine, 1e-3);
	}
}

static bool local_receive(void *context, uint8_t *byte, double seconds)
{
	struct local *local = context;

	if (local->taken == machine.output_size) {
		rom_clear_output(&machine);
		local->taken = 0;
	}
	for (double waited = 0; machine.output_size == 0 && waited < seconds; waited += 1e-4)
		rom_run(&machine, 1e-4);
	if (local->taken == machine.output_size)
		return false;
	*byte = (uint8_t)machine.output[local->taken++];
	return true;
}

static void local_set_rate(void *context, uint32_t rate)
{
	(void)context;
	bridge_set_rate(machine.board->bridge, rate);
}

static void local_set_lines(void *context, bool dtr, bool rts)
{
	(void)context;
	bridge_set_lines(machine.board->bridge, dtr, rts);
	rom_run(&machine, 1e-3);
}

static void local_pause(void *context, double seconds)
{
	(void)context;
	rom_run(&machine, seconds);
}

static struct local local;
static const struct client_line local_line = { .context = &local,
					       .send = local_send,
					       .receive = local_receive,
					       .set_rate = local_set_rate,
					       .set_lines = local_set_lines,
					       .pause = local_pause };

static void start_local(enum board_clock clock, enum hart1_policy hart1)
{
	rom_start(&machine, clock, hart1, NULL);
	bridge_set_style(machine.board->bridge, BRIDGE_STYLE_DAN);
	bridge_set_rate(machine.board->bridge, ROM_RATE);
	local.taken = 0;
}

static void start_stub(struct flash_client *client)
{
	program_read(&program, "isp_stub");
	ck_assert(client_greet_rom(client));
	ck_assert(client_load(client, ENTRY, program.bytes, program.size));
	client_jump(client, ENTRY);
	ck_assert(client_greet_stub(client));
}

static void check_cells(uint32_t address, const uint8_t *expected, size_t size)
{
	static uint8_t cells[DATA_BYTES];

	nor_flash_read(machine.board->flash, address, cells, size);
	ck_assert_mem_eq(cells, expected, size);
}

static void check_erased(uint32_t address, size_t size)
{
	static uint8_t erased[DATA_BYTES];

	memset(erased, 0xff, size);
	check_cells(address, erased, size);
}

/*
 * Both clients' pieces: 4 KiB, and 64 KiB which is more than the bridge's buffer. The program in
 * flash then starts.
 */
static void run_session(struct flash_client *client, size_t bytes, size_t chunk)
{
	size_t size;

	start_stub(client);
	ck_assert(client_set_stub_rate(client, STUB_RATE));
	ck_assert(client_init_flash(client, 1));
	size = make_image();
	make_data();
	ck_assert(client_program(client, 0, image, size, chunk));
	ck_assert(client_program(client, DATA_AT, data, bytes, chunk));
	ck_assert(client_erase(client, DATA_AT + 4096, 8192));
}

START_TEST(session)
{
	struct flash_client client = { .line = &local_line };
	bool real = _i & 2;
	/* With real durations the flash is slow and the host has to wait for it. */
	size_t size = real ? 16384 : DATA_BYTES;

	if (!machine_programs_available())
		return;
	start_local(real ? BOARD_CLOCK_REAL : BOARD_CLOCK_FAST,
		    _i & 1 ? HART1_PARKED : HART1_RELEASED);
	run_session(&client, size, _i & 1 ? KF_CHUNK : SKF_CHUNK);
	ck_assert_uint_eq(client.retries, 0);
	check_cells(DATA_AT, data, 4096);
	check_erased(DATA_AT + 4096, 8192);
	check_cells(DATA_AT + 4096 + 8192, data + 4096 + 8192, size - 4096 - 8192);
	bridge_set_rate(machine.board->bridge, ROM_RATE);
	rom_clear_output(&machine);
	client_reset_to_boot(&client);
	ck_assert_str_eq(machine.output, hello);
	machine_stop(&machine);
}
END_TEST

/* What is wrong is answered, not done; the flash's chip must be named first. */
START_TEST(refusals)
{
	struct flash_client client = { .line = &local_line };

	if (!machine_programs_available())
		return;
	start_local(BOARD_CLOCK_FAST, HART1_RELEASED);
	make_data();
	start_stub(&client);
	ck_assert(!client_erase(&client, 0, 4096));
	ck_assert(!client_init_flash(&client, 0));
	ck_assert(client_init_flash(&client, 1));
	ck_assert(client_program(&client, DATA_AT, data, 8192, SKF_CHUNK));
	ck_assert(!client_erase(&client, 100, 4096));
	ck_assert(!client_erase(&client, 0xfff000, 8192));
	ck_assert(!client_program(&client, DATA_AT + 1, data, 4096, SKF_CHUNK));
	ck_assert_uint_gt(client.debug_texts, 0);
	check_cells(DATA_AT, data, 8192);
	ck_assert(client_erase(&client, 0, ERASE_CHIP));
	check_erased(DATA_AT, 8192);
	ck_assert(client_greet_stub(&client));
	machine_stop(&machine);
}
END_TEST

/* Without the boot pin the client gives up; it does not take the program's text for an answer. */
START_TEST(not_wired)
{
	struct flash_client client = { .line = &local_line };

	if (!machine_programs_available())
		return;
	program_read(&program, "rom_entry");
	start_local(BOARD_CLOCK_FAST, HART1_RELEASED);
	rom_write_image(&machine, 0, &program);
	bridge_set_style(machine.board->bridge, BRIDGE_STYLE_NONE);
	rom_run(&machine, 0.2);
	ck_assert(!client_greet_rom(&client));
	machine_stop(&machine);
}
END_TEST

/* The SDK's second core works whether the ROM let hart 1 go with the jump or keeps it. */
START_TEST(second_core)
{
	struct flash_client client = { .line = &local_line };

	if (!machine_programs_available())
		return;
	start_local(BOARD_CLOCK_FAST, _i ? HART1_PARKED : HART1_RELEASED);
	program_read(&program, "vendor_cores");
	ck_assert(client_greet_rom(&client));
	ck_assert(client_load(&client, ENTRY, program.bytes, program.size));
	rom_clear_output(&machine);
	client_jump(&client, ENTRY);
	ck_assert_str_eq(machine.output, "core=0\nanswer=65\nanswer=c9\nanswer=12d\nend\n");
	machine_stop(&machine);
}
END_TEST

/* ---- over USB/IP ---- */

#define CH341_BULK   2
#define CH341_PACKET 32
#define LINE_DTR     0x20
#define LINE_RTS     0x40

#define RET_SUBMIT 3
#define RET_UNLINK 4

#define FLASH_SIZE (4u << 20)

static struct usbip_answer reply;
static pid_t board_process;

struct usb_line {
	int fd;
	uint8_t bytes[CH341_PACKET];
	uint32_t size, taken;
};

static void usb_control_out(struct usb_line *line, unsigned request, unsigned value, unsigned index)
{
	ck_assert_int_eq(client_control(line->fd, 0x40, request, value, index, "", 0, &reply), 0);
}

static void usb_send(void *context, const uint8_t *bytes, size_t size)
{
	struct usb_line *line = context;

	while (size) {
		uint32_t part = size < 4096 ? (uint32_t)size : 4096;

		client_submit(line->fd, CH341_BULK, 0, NULL, bytes, part);
		client_receive(line->fd, 0, &reply);
		ck_assert_int_eq(reply.status, 0);
		ck_assert_uint_eq(reply.length, part);
		bytes += part;
		size -= part;
	}
}

static void take_packet(struct usb_line *line)
{
	ck_assert_int_eq(reply.status, 0);
	ck_assert_uint_le(reply.length, CH341_PACKET);
	memcpy(line->bytes, reply.data, reply.length);
	line->size = reply.length;
	line->taken = 0;
}

/* A request that was not answered in time is taken back; its answer may have been on the way. */
static bool usb_receive(void *context, uint8_t *byte, double seconds)
{
	struct usb_line *line = context;
	struct pollfd ready = { .fd = line->fd, .events = POLLIN };

	if (line->taken == line->size) {
		uint32_t request = client_submit(line->fd, CH341_BULK, 1, NULL, NULL, CH341_PACKET);

		if (poll(&ready, 1, (int)(seconds * 1000) + 1) == 1) {
			client_receive(line->fd, 1, &reply);
			take_packet(line);
		} else {
			client_unlink(line->fd, request);
			client_receive(line->fd, 1, &reply);
			if (reply.command == RET_SUBMIT) {
				take_packet(line);
				client_receive(line->fd, 1, &reply);
			}
			ck_assert_uint_eq(reply.command, RET_UNLINK);
		}
	}
	if (line->taken == line->size)
		return false;
	*byte = line->bytes[line->taken++];
	return true;
}

/* Prescaler 3 and fact 1: 12 MHz by the divisor, as the Linux driver does it for these rates. */
static void usb_set_rate(void *context, uint32_t rate)
{
	usb_control_out(context, 0x9a, 0x1312, (256 - 12000000 / rate) << 8 | 0x80 | 1 << 2 | 3);
}

static void usb_set_lines(void *context, bool dtr, bool rts)
{
	usb_control_out(context, 0xa4,
			~((unsigned)dtr * LINE_DTR | (unsigned)rts * LINE_RTS) & 0xffff, 0);
}

static void usb_pause(void *context, double seconds)
{
	(void)context;
	usleep((useconds_t)(seconds * 1e6));
}

static void board_main(int fd, const char *flash)
{
	struct runner_options runner = { .stop_after = UINT64_MAX,
					 .grace_nanoseconds = 20000000,
					 .pace = true };
	struct nor_flash_options options = { .path = flash, .size = FLASH_SIZE };
	char address[16];
	const char *problem;
	struct face *face;

	snprintf(address, sizeof(address), "fd:%d", fd);
	rom_start(&machine, BOARD_CLOCK_FAST, HART1_RELEASED, &options);
	bridge_set_style(machine.board->bridge, BRIDGE_STYLE_DAN);
	face = usbip_face_new(machine.board, "ch341", address, false, &problem);
	if (!face)
		_exit(1);
	runner_run(machine.board, face, &runner);
	_exit(0);
}

static void start_process(struct usb_line *line, const char *flash)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	board_process = fork();
	ck_assert_int_ge(board_process, 0);
	if (board_process == 0) {
		close(ends[0]);
		board_main(ends[1], flash);
	}
	close(ends[1]);
	line->fd = ends[0];
}

static void stop_process(struct usb_line *line)
{
	int status;

	close(line->fd);
	ck_assert_int_eq(waitpid(board_process, &status, 0), board_process);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

START_TEST(over_usb)
{
	struct usb_line usb = { .size = 0 };
	const struct client_line line = { .context = &usb,
					  .send = usb_send,
					  .receive = usb_receive,
					  .set_rate = usb_set_rate,
					  .set_lines = usb_set_lines,
					  .pause = usb_pause };
	struct flash_client client = { .line = &line };
	static uint8_t cells[DATA_BYTES];
	char path[] = "/tmp/k210-emu-session-XXXXXX", text[sizeof(hello)] = "";
	int file;

	if (!machine_programs_available())
		return;
	file = mkstemp(path);
	ck_assert_int_ge(file, 0);
	start_process(&usb, path);
	usb_set_rate(&usb, ROM_RATE);
	run_session(&client, DATA_BYTES, SKF_CHUNK);
	usb_set_rate(&usb, ROM_RATE);
	while (usb_receive(&usb, (uint8_t *)text, 0))
		;
	client_reset_to_boot(&client);
	for (size_t i = 0; i < sizeof(hello) - 1; i++)
		ck_assert(usb_receive(&usb, (uint8_t *)&text[i], 5));
	ck_assert_str_eq(text, hello);
	ck_assert_int_eq(pread(file, cells, DATA_BYTES, DATA_AT), DATA_BYTES);
	ck_assert_mem_eq(cells, data, 4096);
	ck_assert_mem_eq(cells + 12288, data + 12288, DATA_BYTES - 12288);
	stop_process(&usb);
	close(file);
	unlink(path);
}
END_TEST

/* ---- killed at any moment ---- */

#define OLD           0x5a
#define SECTOR        4096
#define KILL_ROUNDS   10
#define KILL_STEP_US  40000
#define BEGIN_SECONDS 60

static uint8_t flash_bytes[FLASH_SIZE];

static void client_main(int fd)
{
	struct usb_line usb = { .fd = fd };
	const struct client_line line = { .context = &usb,
					  .send = usb_send,
					  .receive = usb_receive,
					  .set_rate = usb_set_rate,
					  .set_lines = usb_set_lines,
					  .pause = usb_pause };
	struct flash_client client = { .line = &line };

	usb_set_rate(&usb, ROM_RATE);
	start_stub(&client);
	client_init_flash(&client, 1);
	for (;;)
		client_program(&client, DATA_AT, data, DATA_BYTES, SKF_CHUNK);
}

/* Resets and upload are over, and the first sector is written, or about to be. */
static void wait_for_first_sector(int file, bool is_written)
{
	uint8_t cells[SECTOR];

	for (unsigned waited = 0; waited < BEGIN_SECONDS * 1000; waited++) {
		ck_assert_int_eq(pread(file, cells, SECTOR, DATA_AT), SECTOR);
		if (is_written ? !memcmp(cells, data, SECTOR) : cells[0] != OLD)
			return;
		usleep(1000);
	}
	ck_abort_msg("the client has not begun");
}

/* The client is stopped before the board goes, so that it does not complain. */
static void kill_session(const char *path, int file, unsigned round)
{
	struct usb_line usb;
	pid_t client;
	int status;

	start_process(&usb, path);
	client = fork();
	ck_assert_int_ge(client, 0);
	if (client == 0)
		client_main(usb.fd);
	wait_for_first_sector(file, round > 0);
	usleep(round * KILL_STEP_US);
	kill(client, SIGSTOP);
	kill(board_process, SIGKILL);
	kill(client, SIGKILL);
	ck_assert_int_eq(waitpid(client, &status, 0), client);
	ck_assert_int_eq(waitpid(board_process, &status, 0), board_process);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		      "the board ended before it was killed");
	close(usb.fd);
}

/* Sectors of the region that are as they were, fully written, or something between. */
static void count_sectors(unsigned *old, unsigned *written, unsigned *between)
{
	*old = *written = *between = 0;
	for (unsigned at = 0; at < DATA_BYTES; at += SECTOR) {
		const uint8_t *cells = flash_bytes + DATA_AT + at;
		unsigned same = 0, right = 0, wrong = 0;

		for (unsigned i = 0; i < SECTOR; i++) {
			uint8_t wanted = data[at + i];

			wrong += cells[i] != OLD && cells[i] != 0xff && cells[i] != wanted;
			same += cells[i] == OLD;
			right += cells[i] == wanted;
		}
		ck_assert_uint_eq(wrong, 0);
		*old += same == SECTOR;
		*written += right == SECTOR;
		*between += same != SECTOR && right != SECTOR;
	}
}

/*
 * Whenever the emulator is killed, at most one sector is neither old nor new, and nothing outside
 * of what was to be written has changed. The next session puts everything right.
 */
START_TEST(killed)
{
	unsigned old, written, between, touched = 0, elsewhere = 0;
	char path[] = "/tmp/k210-emu-session-XXXXXX";
	int file;

	if (!machine_programs_available())
		return;
	file = mkstemp(path);
	ck_assert_int_ge(file, 0);
	make_data();
	for (unsigned round = 0; round < KILL_ROUNDS; round++) {
		memset(flash_bytes, OLD, FLASH_SIZE);
		ck_assert_int_eq(pwrite(file, flash_bytes, FLASH_SIZE, 0), FLASH_SIZE);
		kill_session(path, file, round);
		ck_assert_int_eq(pread(file, flash_bytes, FLASH_SIZE, 0), FLASH_SIZE);
		for (unsigned i = 0; i < FLASH_SIZE; i++)
			elsewhere +=
				(i < DATA_AT || i >= DATA_AT + DATA_BYTES) && flash_bytes[i] != OLD;
		ck_assert_uint_eq(elsewhere, 0);
		count_sectors(&old, &written, &between);
		ck_assert_uint_le(between, 1);
		touched += written != 0;
	}
	ck_assert_uint_gt(touched, 0);
	close(file);
	unlink(path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flashing session");
	TCase *tests = tcase_create("session");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, session, 0, 3);
	tcase_add_test(tests, refusals);
	tcase_add_test(tests, not_wired);
	tcase_add_loop_test(tests, second_core, 0, 2);
	tcase_add_test(tests, over_usb);
	tcase_add_test(tests, killed);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
