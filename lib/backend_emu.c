/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* emu:?option=value: an emulated board as child process, at the other end of a socket pair. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/emulator.h"
#include "lib/engine.h"
#include "lib/error.h"
#include "lib/spi_port.h"

/* The emulated UART as the child finds it. */
#define CHILD_UART_FD  3
#define ARGUMENTS_MAX  (KPU_URI_OPTIONS_MAX + 4)
#define ARGUMENT_BYTES 4200
/* A loaded machine may leave the child without time for long. */
#define SILENCE_MS   20000u
#define EXIT_WAIT_MS 500
/* From its line's end to its own a child needs no time, unless the machine gives it none. */
#define REFUSAL_WAIT_MS 10000
/* Wrong usage, k210-emu(1). */
#define REFUSAL  2
#define BAUD_MAX 5000000u

extern char **environ;

struct arguments {
	char text[ARGUMENTS_MAX][ARGUMENT_BYTES];
	char *list[ARGUMENTS_MAX + 1];
	size_t count;
};

static void add(struct arguments *arguments, const char *format, const char *key, const char *value)
{
	char *text = arguments->text[arguments->count];

	snprintf(text, ARGUMENT_BYTES, format, key, value);
	arguments->list[arguments->count++] = text;
}

/* Options that are not @ours are the emulator's. */
static void build_arguments(const struct kpu_uri *uri, const struct kpu_uri_known *ours,
			    size_t our_count, const struct kpu_emulator_files *files,
			    struct arguments *arguments)
{
	const char *wires = kpu_uri_option(uri, "spi-wires");

	memset(arguments, 0, sizeof(*arguments));
	add(arguments, "%s%s", files->program, "");
	if (*files->firmware)
		add(arguments, "--%s=%s", "image", files->firmware);
	if (kpu_uri_option(uri, "spi"))
		add(arguments, wires && *wires ? "--%s=fd:3,%s" : "--%s=fd:3", "spi", wires);
	else
		add(arguments, "--%s=fd:%s", "uart", "3");
	for (size_t i = 0; i < uri->option_count; i++) {
		const struct kpu_uri_option *option = &uri->options[i];

		if (kpu_uri_knows(ours, our_count, option->key))
			continue;
		add(arguments, *option->value ? "--%s=%s" : "--%s%s", option->key, option->value);
	}
}

/*
 * The child inherits the default of every signal and nothing but its line and its messages. Both
 * ends close on exec: when this process ends in whatever way, the child's line closes, and with it
 * the child.
 */
static int spawn(struct arguments *arguments, int line, int log, pid_t *child)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, log, 1);
	posix_spawn_file_actions_adddup2(&actions, log, 2);
	posix_spawn_file_actions_adddup2(&actions, line, CHILD_UART_FD);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	/* A Ctrl-C at the terminal is for the program; it closes the board itself. */
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETPGROUP);
	rc = posix_spawn(child, arguments->list[0], &actions, &attributes, arguments->list,
			 environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static void reap(pid_t child)
{
	struct timespec pause = { 0, 5000000 };

	for (int waited = 0; waited < EXIT_WAIT_MS; waited += 5) {
		if (waitpid(child, NULL, WNOHANG) != 0)
			return;
		nanosleep(&pause, NULL);
	}
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

static bool child_refused_options(const struct kpu_transport *transport)
{
	struct timespec pause = { 0, 5000000 };
	siginfo_t end = { 0 };

	for (int waited = 0; waited < REFUSAL_WAIT_MS; waited += 5) {
		if (waitid(P_PID, (id_t)transport->child, &end, WEXITED | WNOHANG | WNOWAIT) < 0)
			return false;
		if (end.si_pid)
			return end.si_code == CLD_EXITED && end.si_status == REFUSAL;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void close_emulator(struct kpu_transport *transport)
{
	if (transport->spi)
		transport->spi->ops->close(transport->spi);
	/* The child ends by itself once its line is closed. */
	close(transport->fd);
	if (transport->log_fd >= 0)
		close(transport->log_fd);
	if (transport->child > 0)
		reap(transport->child);
}

static void close_pair(const int pair[2])
{
	for (int i = 0; i < 2; i++) {
		if (pair[i] >= 0)
			close(pair[i]);
	}
}

/*
 * A program that runs without standard input or output would get its numbers here, and print into
 * the board's line; and a child's end that has number 3 would lose its close-on-exec flag only by
 * accident. False: no descriptors left, *pair holds what is open.
 */
static bool move_up(int pair[2])
{
	for (int i = 0; i < 2; i++) {
		int moved;

		if (pair[i] > CHILD_UART_FD)
			continue;
		moved = fcntl(pair[i], F_DUPFD_CLOEXEC, CHILD_UART_FD + 1);
		close(pair[i]);
		pair[i] = moved;
		if (moved < 0)
			return false;
	}
	return true;
}

/* Makes the pair, the pipe and the child; on failure nothing is left open. */
static int launch(struct arguments *arguments, struct kpu_transport *transport,
		  struct kpu_error *error)
{
	/* Like a serial port's: what is repeated on a bad line waits behind all of it. */
	static const int line_buffer = 16384;
	int line[2], log[2], rc;
	char reason[64];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) < 0)
		return kpu_fail(error, KPU_ERR_HOST_MEMORY, "emu: no descriptors left");
	setsockopt(line[0], SOL_SOCKET, SO_SNDBUF, &line_buffer, sizeof(line_buffer));
	if (pipe2(log, O_CLOEXEC) < 0) {
		close(line[0]);
		close(line[1]);
		return kpu_fail(error, KPU_ERR_HOST_MEMORY, "emu: no descriptors left");
	}
	if (!move_up(line) || !move_up(log)) {
		close_pair(line);
		close_pair(log);
		return kpu_fail(error, KPU_ERR_HOST_MEMORY, "emu: no descriptors left");
	}
	fcntl(line[0], F_SETFL, O_NONBLOCK);
	fcntl(log[0], F_SETFL, O_NONBLOCK);
	rc = spawn(arguments, line[1], log[1], &transport->child);
	close(line[1]);
	close(log[1]);
	transport->fd = line[0];
	transport->log_fd = log[0];
	if (rc) {
		transport->child = 0;
		close_emulator(transport);
		return kpu_fail(error, KPU_ERR_NO_DEVICE, "emu: cannot run %s: %s",
				arguments->list[0], strerror_r(rc, reason, sizeof(reason)));
	}
	return 0;
}

/* spi=HZ: the board is reached through its slave SPI2, by a controller that goes up to HZ. */
static int connect_spi(struct kpu_transport *transport, uint32_t hz, uint32_t delay_us,
		       struct kpu_error *error)
{
	if (hz == 0)
		return 0;
	transport->spi = kpu_spi_port_emulated(transport->fd, hz, delay_us * 1000);
	if (transport->spi)
		return 0;
	close_emulator(transport);
	return kpu_fail_memory(error);
}

/* One line, serial or SPI, with the options of that one. */
static int check_line(const struct kpu_uri *uri, struct kpu_error *error)
{
	bool spi = kpu_uri_option(uri, "spi");
	const char *odd = NULL;

	if (spi && kpu_uri_option(uri, "baud"))
		odd = "baud";
	else if (!spi && kpu_uri_option(uri, "spi-wires"))
		odd = "spi-wires";
	else if (!spi && kpu_uri_option(uri, "spi-delay"))
		odd = "spi-delay";
	if (!odd)
		return 0;
	kpu_fail(error, KPU_ERR_PARAM, "emu: %s has no meaning %s spi=HZ", odd,
		 spi ? "together with" : "without");
	kpu_error_advise(error, "e.g. emu:?spi=10000000&spi-delay=20, or emu:?baud=2000000");
	return -KPU_ERR_PARAM;
}

static int open_emu(const struct kpu_uri *uri, struct kpu_backend **backend,
		    struct kpu_error *error)
{
	struct kpu_transport transport = {
		.name = "emu",
		.log_fd = -1,
		.silence_ms = SILENCE_MS,
		.child_refused_options = child_refused_options,
		.close = close_emulator,
	};
	struct kpu_emulator_files files;
	struct arguments arguments;
	uint32_t spi_hz = 0, spi_delay = 0;
	const struct kpu_uri_known ours[] = {
		{ .key = "firmware" },
		{ .key = "emulator" },
		{ .key = "baud", .number = &transport.raise_to, .least = 9600, .most = BAUD_MAX },
		{ .key = "spi", .number = &spi_hz, .least = 100000, .most = 50000000 },
		{ .key = "spi-wires" },
		{ .key = "spi-delay", .number = &spi_delay, .most = 100000 },
	};
	int rc;

	if (*uri->address)
		return kpu_fail(error, KPU_ERR_PARAM, "emu: takes no address, only ?options");
	rc = kpu_uri_take(uri, ours, KPU_URI_COUNT(ours), true, error);
	if (rc == 0)
		rc = check_line(uri, error);
	if (rc == 0)
		rc = kpu_emulator_find(uri, &files, error);
	if (rc < 0)
		return rc;
	build_arguments(uri, ours, KPU_URI_COUNT(ours), &files, &arguments);
	rc = launch(&arguments, &transport, error);
	if (rc == 0)
		rc = connect_spi(&transport, spi_hz, spi_delay, error);
	if (rc < 0)
		return rc;
	rc = kpu_engine_open(&transport, &kpu_backend_emu, backend, error);
	if (rc == -KPU_ERR_DEVICE_GONE || rc == -KPU_ERR_PARAM)
		kpu_error_advise(error, "options behind emu:? are those of k210-emu(1)");
	return rc;
}

const struct kpu_backend_ops kpu_backend_emu = {
	.scheme = "emu",
	.open = open_emu,
	KPU_ENGINE_OPS,
};
