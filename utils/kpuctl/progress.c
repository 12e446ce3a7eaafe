/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "utils/kpuctl/flash/model.h"
#include "utils/kpuctl/input.h"
#include "utils/kpuctl/models/model_file.h"
#include "utils/kpuctl/progress.h"

#define BAR_MOST  28
#define BAR_LEAST 8
/* More often nobody can read it. */
#define SHOW_EVERY_NS 100000000u

static int terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return 80;
	return size.ws_col;
}

/* A bar and a space in at most @room characters, or nothing where it would say little. */
static void draw_bar(char *text, int room, uint64_t done, uint64_t total)
{
	int width = room - 3 < BAR_MOST ? room - 3 : BAR_MOST, filled;

	*text = 0;
	if (width < BAR_LEAST)
		return;
	filled = total ? (int)(done * (uint64_t)width / total) : 0;
	*text++ = '[';
	memset(text, '-', (size_t)width);
	memset(text, '#', (size_t)filled);
	strcpy(text + width, "] ");
}

/* All in one line: what goes on into a second one could not be taken back. */
static void draw(const struct progress_bar *bar, uint64_t done, uint64_t total, double seconds)
{
	double rate = seconds > 0 ? (double)done / seconds : 0;
	char numbers[96], speed[64] = "", picture[BAR_MOST + 4], line[256];
	int columns = terminal_columns() - 1;

	snprintf(numbers, sizeof(numbers), "%3u %%  %llu of %llu KiB",
		 total ? (unsigned)(done * 100 / total) : 100, (unsigned long long)done / 1024,
		 (unsigned long long)total / 1024);
	if (rate > 0)
		snprintf(speed, sizeof(speed), "  %.0f KiB/s, %.0f s left", rate / 1024,
			 (double)(total - done) / rate);
	draw_bar(picture, columns - (int)(strlen(bar->what) + strlen(numbers) + strlen(speed)) - 1,
		 done, total);
	snprintf(line, sizeof(line), "%s %s%s%s", bar->what, picture, numbers, speed);
	fprintf(stderr, "\r\033[K%.*s", columns, line);
}

void progress_show(struct progress_bar *bar, const char *what, uint64_t done, uint64_t total)
{
	uint64_t now = now_ns();

	if (!isatty(STDERR_FILENO))
		return;
	if (!bar->started_ns)
		bar->started_ns = now;
	if (bar->shown_ns && now - bar->shown_ns < SHOW_EVERY_NS)
		return;
	bar->shown_ns = now;
	snprintf(bar->what, sizeof(bar->what), "%s", what);
	draw(bar, done < total ? done : total, total, (double)(now - bar->started_ns) / 1e9);
}

void progress_end(struct progress_bar *bar)
{
	if (bar->shown_ns)
		fputs("\r\033[K", stderr);
	memset(bar, 0, sizeof(*bar));
}

static bool show(void *context, size_t done, size_t total)
{
	progress_show(context, "loading", done, total);
	return true;
}

struct kpu_model *load_network(struct kpu_device *device, const struct kpu_network *network,
			       int *status)
{
	struct progress_bar bar = { 0 };
	struct kpu_load_options options = { .progress = show, .context = &bar };
	struct kpu_model *model;
	int rc;

	rc = kpu_load_network(device, network, &options, &model);
	progress_end(&bar);
	*status = EXIT_OK;
	if (rc == 0)
		return model;
	*status = report_last_error(device);
	return NULL;
}

struct kpu_model *load_model(struct kpu_device *device, const char *path, int *status)
{
	struct kpu_network *network;
	struct kpu_model *model;
	struct kpu_error error;

	if (model_is_in_flash(path))
		return load_flash_model(device, path, status);
	if (open_network(path, &network, &error) < 0) {
		*status = report_error(&error);
		return NULL;
	}
	model = load_network(device, network, status);
	kpu_network_free(network);
	return model;
}
