/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/k210-emu/devices/camera.h"
#include "utils/k210-emu/devices/dvp.h"
#include "utils/k210-emu/devices/kpu.h"
#include "utils/k210-emu/faces/face.h"
#include "utils/k210-emu/faces/spi.h"
#include "utils/k210-emu/options.h"

/* Exit codes: 0 the host went away or nothing can happen any more, 1 something failed, 2 usage. */

static const char *load_image(struct board *board, const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(BOARD_IMAGE_MAX + 1);
	const char *problem = "out of memory";
	size_t size;

	if (file && bytes) {
		size = fread(bytes, 1, BOARD_IMAGE_MAX + 1, file);
		problem = ferror(file) ? strerror(errno) : board_set_image(board, bytes, size);
	} else if (!file) {
		problem = strerror(errno);
	}
	free(bytes);
	if (file)
		fclose(file);
	return problem;
}

static bool open_report_file(const char *path, FILE **file)
{
	*file = NULL;
	if (!path)
		return true;
	*file = !strcmp(path, "stderr") ? stderr : fopen(path, "w");
	if (!*file)
		fprintf(stderr, "k210-emu: %s: %s\n", path, strerror(errno));
	return *file != NULL;
}

/* False: not all of it is there, on a full disk for instance. */
static bool close_report_file(const char *path, FILE *file)
{
	bool whole;

	if (!file || file == stderr)
		return true;
	whole = !ferror(file);
	whole &= fclose(file) == 0;
	if (!whole)
		fprintf(stderr, "k210-emu: %s: cannot be written, some of it is missing\n", path);
	return whole;
}

/* Before the host's line closes: who started this program reads its last words then. */
static bool end_reports(const struct options *options, struct report *report)
{
	bool whole;

	report_finish(report);
	whole = close_report_file(options->trace, report->trace);
	whole &= close_report_file(options->trace_summary, report->summary);
	whole &= close_report_file(options->guest_errors, report->errors);
	report->trace = report->summary = report->errors = NULL;
	return whole;
}

static void print_statistics(const struct board *board)
{
	const struct bridge_counters *bytes = bridge_counters(board->bridge);

	fprintf(stderr,
		"k210-emu: %" PRIu64 " cycles, %.6f s on the board, %" PRIu64 " + %" PRIu64
		" instructions, %" PRIu64 " resets\n"
		"k210-emu: %" PRIu64 " bytes from the host, %" PRIu64 " to it, %" PRIu64
		" garbled, %" PRIu64 " noisy, %" PRIu64 " dropped; %" PRIu64 " KPU layers; %" PRIu64
		" guest errors\n",
		board_now(board), (double)board_picoseconds(board) * 1e-12,
		hart_instruction_count(board->harts[0]), hart_instruction_count(board->harts[1]),
		board->reset_count, bytes->from_host, bytes->to_host, bytes->garbled, bytes->noisy,
		bytes->dropped, kpu_layers_done(board->kpu), board->report.error_count);
}

static bool say_problem(const char *what, const char *problem)
{
	if (problem)
		fprintf(stderr, "k210-emu: %s: %s\n", what, problem);
	return problem != NULL;
}

/* False: the problem was printed. */
static bool open_face(const struct options *options, struct board *board, struct face **face)
{
	const char *problem = NULL;

	*face = NULL;
	if (options->uart)
		*face = stream_face_new(board, options->uart, options->keep, &problem);
	else if (options->usbip)
		*face = usbip_face_new(board, options->usbip, options->listen,
				       options->external_power, &problem);
	else
		return true;
	if (!*face)
		say_problem(options->uart ? options->uart : options->listen, problem);
	return *face != NULL;
}

static const char *plug_in_camera(const struct options *options, struct board *board)
{
	struct camera *camera;

	if (!options->camera_path)
		return NULL;
	camera = camera_new(options->camera_sensor, options->camera_rate);
	if (!camera)
		return "out of memory";
	dvp_set_camera(board->dvp, camera);
	return camera_load(camera, options->camera_path);
}

static int run(struct options *options, struct board *board)
{
	struct face *face;
	bool whole;
	const char *problem = options->image ? load_image(board, options->image) : NULL;

	if (say_problem(options->image, problem) ||
	    say_problem(options->flash.path ? options->flash.path : "flash",
			nor_flash_configure(board->flash, &options->flash)) ||
	    say_problem(options->camera_path, plug_in_camera(options, board)))
		return 1;
	bridge_set_style(board->bridge, options->style);
	bridge_set_rate_limit(board->bridge, options->line_max);
	bridge_set_noise(board->bridge, &options->noise);
	if (options->spi.address) {
		options->runner.spi = spi_face_new(board, &options->spi, options->keep, &problem);
		if (!options->runner.spi && say_problem(options->spi.address, problem))
			return 1;
	}
	if (!open_face(options, board, &face))
		return 1;
	if (options->control) {
		options->runner.control =
			control_new(board, options->control, options->noise.seed, &problem);
		if (!options->runner.control) {
			say_problem(options->control, problem);
			if (face)
				face->ops->free(face);
			return 1;
		}
	}
	/* The USB/IP face does it itself, when power comes. */
	if (!options->usbip)
		board_reset(board, RESET_POWER_ON);
	runner_run(board, face, &options->runner);
	if (options->verbose)
		print_statistics(board);
	whole = end_reports(options, &board->report);
	if (face)
		face->ops->free(face);
	if (options->runner.spi)
		options->runner.spi->ops->free(options->runner.spi);
	control_free(options->runner.control);
	return whole ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct options options;
	struct report report = { .errors = NULL };
	struct board *board;
	int status = 1;

	switch (options_parse(&options, argc, argv)) {
	case OPTIONS_EXIT:
		options_free(&options);
		return 0;
	case OPTIONS_WRONG:
		options_free(&options);
		return 2;
	case OPTIONS_RUN:
		break;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!open_report_file(options.trace, &report.trace) ||
	    !open_report_file(options.trace_summary, &report.summary) ||
	    !open_report_file(options.guest_errors, &report.errors)) {
		options_free(&options);
		return 1;
	}
	if (options.verbose && !report.errors)
		report.errors = stderr;
	report_begin(&report);
	board = board_new(&options.board, &report);
	if (board)
		status = run(&options, board);
	else
		fputs("k210-emu: out of memory\n", stderr);
	board_free(board);
	options_free(&options);
	return status;
}
