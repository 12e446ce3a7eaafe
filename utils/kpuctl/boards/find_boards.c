/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/boards/find_boards.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/boards/system_file.h"
#include "utils/kpuctl/boards/usb_lines.h"

struct search {
	const char *root;
	struct found_boards *found;
	bool out_of_memory;
};

/* usb-serial puts a port between interface and tty, cdc_acm does not. */
static void find_tty(const char *root, struct found_board *board)
{
	static const char *const places[] = { "tty/tty*", "tty*/tty/tty*" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !*board->tty; i++) {
		glob_t found;

		system_glob(root, &found, "/sys/bus/usb/devices/%s/%s", board->usb, places[i]);
		if (found.gl_pathc)
			snprintf(board->tty, sizeof(board->tty), "%s",
				 base_name(found.gl_pathv[0]));
		globfree(&found);
	}
}

static void add_line(const struct usb_line *line, void *context)
{
	struct search *search = context;
	struct found_boards *found = search->found;
	struct found_board *larger, *board, next = { 0 };
	const char *root = search->root;

	system_read(root, next.product_name, sizeof(next.product_name),
		    "/sys/bus/usb/devices/%s/product", line->device);
	next.board = kpu_boot_find_board(line->vendor, line->product, line->interface,
					 next.product_name);
	if (!next.board || search->out_of_memory)
		return;
	larger = reallocarray(found->boards, found->count + 1, sizeof(*larger));
	if (!larger) {
		search->out_of_memory = true;
		return;
	}
	found->boards = larger;
	board = &found->boards[found->count++];
	*board = next;
	board->vendor = line->vendor;
	board->product = line->product;
	board->interface = line->interface;
	snprintf(board->usb, sizeof(board->usb), "%s", line->name);
	system_read(root, board->serial, sizeof(board->serial), "/sys/bus/usb/devices/%s/serial",
		    line->device);
	system_link_name(root, board->driver, sizeof(board->driver),
			 "/sys/bus/usb/devices/%s/driver", line->name);
	find_tty(root, board);
}

static int by_usb_name(const void *left, const void *right)
{
	return strverscmp(((const struct found_board *)left)->usb,
			  ((const struct found_board *)right)->usb);
}

int find_boards(const char *root, struct found_boards *found, struct kpu_error *error)
{
	struct search search = { .root = root, .found = found };

	*found = (struct found_boards){ 0 };
	/* libusb knows this system only, and not inside of containers without /dev/bus/usb. */
	if (*root || !usb_lines_of_system(add_line, &search)) {
		found->count = 0;
		usb_lines_of_tree(root, add_line, &search);
	}
	if (search.out_of_memory) {
		free_boards(found);
		return fail(error, KPU_ERR_HOST_MEMORY, "no memory for the list of boards");
	}
	if (found->count)
		qsort(found->boards, found->count, sizeof(*found->boards), by_usb_name);
	return 0;
}

void free_boards(struct found_boards *found)
{
	free(found->boards);
	*found = (struct found_boards){ 0 };
}

const struct found_board *board_of_tty(const struct found_boards *found, const char *tty)
{
	char target[PATH_MAX];

	/* /dev/serial/by-id/... and the like. */
	if (strchr(tty, '/') && realpath(tty, target))
		tty = target;
	for (size_t i = 0; i < found->count; i++) {
		if (*found->boards[i].tty && !strcmp(found->boards[i].tty, base_name(tty)))
			return &found->boards[i];
	}
	return NULL;
}
