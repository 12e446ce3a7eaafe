/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef K210_EMU_OPTIONS_H
#define K210_EMU_OPTIONS_H

#include <stdbool.h>

#include "utils/k210-emu/board.h"
#include "utils/k210-emu/bridge.h"
#include "utils/k210-emu/devices/camera.h"
#include "utils/k210-emu/devices/nor_flash.h"
#include "utils/k210-emu/faces/spi.h"
#include "utils/k210-emu/runner.h"

struct options {
	const char *image;
	struct board_options board;
	struct runner_options runner;
	enum bridge_style style;
	uint32_t line_max; /* bit/s, 0: no limit */
	struct line_noise noise;
	struct nor_flash_options flash;
	char *flash_path;  /* owned; what flash.path points to */
	char *camera_path; /* owned; NULL: no camera is plugged in */
	enum camera_sensor camera_sensor;
	unsigned camera_rate;       /* frames per second */
	const char *uart;           /* stream face, or NULL */
	const char *usbip, *listen; /* USB/IP face, or NULL */
	bool keep, external_power, verbose;
	struct spi_face_options spi; /* address NULL: nothing is soldered there */
	char *spi_text;              /* owned; what spi.address points to */
	const char *control;         /* side channel, or NULL */
	const char *trace, *trace_summary, *guest_errors;
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_EXIT,  /* --help or --version was answered */
	OPTIONS_WRONG, /* the problem was printed */
};

enum options_result options_parse(struct options *options, int argc, char **argv);
/* What options_parse() has allocated, whatever it has returned. */
void options_free(struct options *options);

#endif
