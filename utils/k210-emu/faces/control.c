/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/faces/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "utils/k210-emu/devices/nor_flash.h"
#include "utils/k210-emu/faces/face.h"

#define LINE_MAX_BYTES 64

struct control {
	struct board *board;
	uint64_t noise_seed;
	int listener, connection; /* -1: none */
	char line[LINE_MAX_BYTES];
	char answer[32];
	size_t size; /* more than fit: the line is too long */
};

struct control *control_new(struct board *board, const char *address, uint64_t noise_seed,
			    const char **problem)
{
	struct control *control = calloc(1, sizeof(*control));

	*problem = "out of memory";
	if (!control)
		return NULL;
	control->board = board;
	control->noise_seed = noise_seed;
	control->listener = control->connection = -1;
	*problem = "no open descriptor of that number";
	if (!strncmp(address, "fd:", 3))
		control->connection = face_descriptor(address);
	else
		control->listener = face_listen(address, "control ", problem);
	if (control->listener < 0 && control->connection < 0) {
		free(control);
		return NULL;
	}
	return control;
}

static void disconnect(struct control *control)
{
	close(control->connection);
	control->connection = -1;
	control->size = 0;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	if (control->connection >= 0)
		close(control->connection);
	if (control->listener >= 0)
		close(control->listener);
	free(control);
}

bool control_is_open(const struct control *control)
{
	return control->listener >= 0 || control->connection >= 0;
}

/* "NAME 0" or "NAME 1". */
static bool parse_switch(const char *line, const char *name, bool *on)
{
	size_t length = strlen(name);

	if (strncmp(line, name, length) || line[length] != ' ')
		return false;
	line += length + 1;
	*on = *line == '1';
	return (*line == '0' || *line == '1') && line[1] == 0;
}

/* Numbers, each behind one space; true if there are exactly @count and none is above @limit. */
static bool parse_numbers(const char *line, const char *name, uint32_t limit, uint32_t *numbers,
			  unsigned count)
{
	size_t length = strlen(name);

	if (strncmp(line, name, length))
		return false;
	line += length;
	for (unsigned i = 0; i < count; i++) {
		unsigned long long number;
		char *end;

		if (line[0] != ' ' || line[1] < '0' || line[1] > '9')
			return false;
		number = strtoull(line + 1, &end, 0);
		if (number > limit)
			return false;
		numbers[i] = (uint32_t)number;
		line = end;
	}
	return *line == 0;
}

static const char *poke(struct control *control, uint32_t address, uint32_t word)
{
	if (address % 4)
		return "error: the address is no multiple of 4\n";
	if (!board_poke(control->board, address, word))
		return "error: nothing takes a word at that address now\n";
	return "ok\n";
}

static const char *poke_flash(struct control *control, uint32_t address, uint32_t word)
{
	if (address % 4 || address >= NOR_FLASH_SIZE_MAX)
		return "error: the address is no multiple of 4 inside the flash\n";
	return nor_flash_poke(control->board->flash, address, word)
		       ? "ok\n"
		       : "error: the file cannot be written\n";
}

static bool trouble_flash(struct control *control, const char *line)
{
	static const char *const lines[] = { [NOR_FLASH_FINE] = "flash fine",
					     [NOR_FLASH_BUSY] = "flash busy",
					     [NOR_FLASH_GONE] = "flash gone" };

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!strcmp(line, lines[i])) {
			nor_flash_set_trouble(control->board->flash, (enum nor_flash_trouble)i);
			return true;
		}
	}
	return false;
}

/* As a program before may have left it. */
static bool leave_flash(struct control *control, const char *line)
{
	static const char *const lines[] = { [NOR_FLASH_DUAL_READ] = "flash-mode dual-read",
					     [NOR_FLASH_QUAD_READ] = "flash-mode quad-read",
					     [NOR_FLASH_QPI] = "flash-mode qpi",
					     [NOR_FLASH_POWER_DOWN] = "flash-mode power-down" };

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!strcmp(line, lines[i])) {
			nor_flash_set_mode(control->board->flash, (enum nor_flash_mode)i);
			return true;
		}
	}
	return false;
}

static const char *execute(struct control *control, const char *line)
{
	struct bridge *bridge = control->board->bridge;
	uint32_t numbers[2];
	bool on;

	if (!strcmp(line, "time")) {
		snprintf(control->answer, sizeof(control->answer), "ok %llu\n",
			 (unsigned long long)(board_picoseconds(control->board) / 1000000));
		return control->answer;
	}
	if (parse_switch(line, "dtr", &on))
		bridge_set_dtr(bridge, on);
	else if (parse_switch(line, "rts", &on))
		bridge_set_rts(bridge, on);
	else if (parse_switch(line, "boot", &on))
		bridge_press_boot(bridge, on);
	else if (!strcmp(line, "reset"))
		board_request_reset(control->board, RESET_PIN);
	else if (!strcmp(line, "power"))
		board_request_reset(control->board, RESET_POWER_ON);
	else if (parse_numbers(line, "poke", UINT32_MAX, numbers, 2))
		return poke(control, numbers[0], numbers[1]);
	else if (parse_numbers(line, "flash-poke", UINT32_MAX, numbers, 2))
		return poke_flash(control, numbers[0], numbers[1]);
	else if (trouble_flash(control, line) || leave_flash(control, line))
		return "ok\n";
	else if (parse_numbers(line, "noise", LINE_NOISE_PPM_MAX, numbers, 1))
		bridge_set_noise(bridge, &(struct line_noise){ .ppm = numbers[0],
							       .seed = control->noise_seed });
	else if (parse_numbers(line, "line-max", UINT32_MAX, numbers, 1))
		bridge_set_rate_limit(bridge, numbers[0]);
	else
		return "error: no such command, or wrong arguments\n";
	return "ok\n";
}

/* A client that does not read its answers loses them. */
static void answer(struct control *control, const char *text)
{
	struct pollfd fd = { .fd = control->connection, .events = POLLOUT };
	ssize_t sent = send(control->connection, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0 && errno == ENOTSOCK && poll(&fd, 1, 0) > 0 && (fd.revents & POLLOUT))
		sent = write(control->connection, text, strlen(text));
	(void)sent;
}

static void take_byte(struct control *control, char byte)
{
	if (byte == '\r')
		return;
	if (byte != '\n') {
		if (control->size < sizeof(control->line))
			control->line[control->size++] = byte;
		return;
	}
	if (control->size < sizeof(control->line)) {
		control->line[control->size] = 0;
		answer(control, execute(control, control->line));
	} else {
		answer(control, "error: line too long\n");
	}
	control->size = 0;
}

static void receive(struct control *control)
{
	char bytes[256];
	ssize_t got = read(control->connection, bytes, sizeof(bytes));

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
		disconnect(control);
		return;
	}
	for (ssize_t i = 0; i < got; i++)
		take_byte(control, bytes[i]);
}

size_t control_prepare(struct control *control, struct pollfd *fds)
{
	if (!control_is_open(control))
		return 0;
	fds[0] = (struct pollfd){ .fd = control->connection >= 0 ? control->connection
								 : control->listener,
				  .events = POLLIN };
	return 1;
}

void control_handle(struct control *control, const struct pollfd *fds, size_t count)
{
	if (count == 0 || !fds[0].revents)
		return;
	if (control->connection >= 0)
		receive(control);
	else
		control->connection = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
}
