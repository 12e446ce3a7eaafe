/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/boards/find_boards.h"
#include "utils/kpuctl/json.h"
#include "utils/kpuctl/boards/kernel_device.h"

enum {
	OPTION_JSON = 256,
	OPTION_ROOT,
};

static const struct option_entry options[] = {
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ OPTION_ROOT, "root", "FOLDER", NULL },
	{ 0, NULL, NULL, NULL },
};

struct list {
	const char *root;
	struct found_boards boards;
	struct kernel_device devices[KERNEL_DEVICES_MAX];
	size_t device_count;
	bool listed[KERNEL_DEVICES_MAX]; /* together with its board */
};

static const struct kernel_device *device_of(struct list *list, const struct found_board *board)
{
	const struct kernel_device *device =
		kernel_device_of_tty(list->devices, list->device_count, board->tty);

	if (device)
		list->listed[device - list->devices] = true;
	return device;
}

static void find_holders(const struct list *list, const char *tty, struct port_holders *holders)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s", tty);
	find_port_holders(list->root, path, holders);
}

static void print_holders(const struct port_holders *holders)
{
	for (size_t i = 0; i < holders->count; i++)
		printf("%s%s (process %ld)", i ? ", " : "", holders->holders[i].name,
		       holders->holders[i].process);
	if (!holders->count)
		printf("%s", holders->all_seen ? "nobody" : "nobody or another user's program");
}

static void print_device(const struct kernel_device *device)
{
	printf("    device    /dev/%s, %s%s%s", device->name, device->state,
	       *device->reason ? ": " : "", device->reason);
	if (*device->firmware && strcmp(device->firmware, "0.0.0"))
		printf("; firmware %s", device->firmware);
	putchar('\n');
}

static void print_board(struct list *list, const struct found_board *board)
{
	const struct kernel_device *device = device_of(list, board);
	struct port_holders holders;

	if (*board->tty)
		printf("%s/dev/%s%s", bold(), board->tty, plain());
	else
		printf("%sUSB %s%s", bold(), board->usb, plain());
	printf("  %s%s%s (%s)\n", board->board->is_generic ? "perhaps " : "", board->board->name,
	       board->board->is_generic ? " or any other device" : "", board->board->bridge);
	printf("    USB       %04x:%04x interface %d at %s%s%s, serial number %s\n", board->vendor,
	       board->product, board->interface, board->usb, *board->product_name ? ", " : "",
	       board->product_name, *board->serial ? board->serial : "none");
	if (*board->tty) {
		find_holders(list, board->tty, &holders);
		printf("    held by   ");
		print_holders(&holders);
		putchar('\n');
	} else {
		printf("    no port   %s%s\n",
		       *board->driver ? "the interface belongs to " : "no kernel driver has it",
		       board->driver);
	}
	if (device)
		print_device(device);
	else if (*board->tty)
		printf("    device    none: kpuctl attach /dev/%s\n", board->tty);
}

static void print_text(struct list *list)
{
	for (size_t i = 0; i < list->boards.count; i++)
		print_board(list, &list->boards.boards[i]);
	for (size_t i = 0; i < list->device_count; i++) {
		if (list->listed[i])
			continue;
		printf("%s%s%s%s\n", bold(), list->devices[i].transport, plain(),
		       strncmp(list->devices[i].transport, "spi ", 4) ? "  no known USB bridge"
								      : "  on an SPI bus");
		print_device(&list->devices[i]);
	}
}

static void put_device(struct json_object *out, const struct kernel_device *device)
{
	char path[24];

	if (!device)
		return;
	snprintf(path, sizeof(path), "/dev/%s", device->name);
	json_put_text(out, "device", path);
	json_put_text(out, "state", device->state);
	json_put_text(out, "reason", device->reason);
	json_put_text(out, "transport", device->transport);
	json_put_text(out, "firmware", device->firmware);
}

static struct json_object *holders_json(const struct port_holders *holders)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < holders->count; i++) {
		struct json_object *holder = json_object_new_object();

		json_put_number(holder, "process", (uint64_t)holders->holders[i].process);
		json_put_text(holder, "name", holders->holders[i].name);
		json_object_array_add(array, holder);
	}
	return array;
}

static struct json_object *board_json(struct list *list, const struct found_board *board)
{
	struct json_object *out = json_object_new_object();
	struct port_holders holders;
	char path[40], ids[12];

	json_put_text(out, "board", board->board->name);
	json_object_object_add(out, "certain", json_object_new_boolean(!board->board->is_generic));
	json_put_text(out, "bridge", board->board->bridge);
	json_put_text(out, "style", board->board->style);
	snprintf(ids, sizeof(ids), "%04x:%04x", board->vendor, board->product);
	json_put_text(out, "id", ids);
	json_put_number(out, "interface", (uint64_t)board->interface);
	json_put_text(out, "usb", board->usb);
	json_put_text(out, "product", board->product_name);
	json_put_text(out, "serial", board->serial);
	json_put_text(out, "driver", board->driver);
	if (*board->tty) {
		snprintf(path, sizeof(path), "/dev/%s", board->tty);
		json_put_text(out, "tty", path);
		find_holders(list, board->tty, &holders);
		json_object_object_add(out, "held_by", holders_json(&holders));
	}
	put_device(out, device_of(list, board));
	return out;
}

static void print_json(struct list *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->boards.count; i++)
		json_object_array_add(array, board_json(list, &list->boards.boards[i]));
	for (size_t i = 0; i < list->device_count; i++) {
		struct json_object *out;

		if (list->listed[i])
			continue;
		out = json_object_new_object();
		put_device(out, &list->devices[i]);
		json_object_array_add(array, out);
	}
	json_print(array);
}

static int run(const struct command *command, int argc, char **argv)
{
	static struct list list = { .root = "" };
	struct kpu_error error;
	bool json = false;
	int option, status = EXIT_OK;

	while ((option = next_option(command, argc, argv)) != -1) {
		if (option == OPTION_JSON)
			json = true;
		else
			list.root = optarg;
	}
	check_arguments(command, argc, argv);
	if (find_boards(list.root, &list.boards, &error) < 0)
		return report_error(&error);
	list.device_count = read_kernel_devices(list.root, list.devices);
	if (!list.boards.count && !list.device_count) {
		status = EXIT_NO_DEVICE;
		complain("no board found\n        plug one in; kpuctl doctor looks for what else "
			 "is missing; kpuctl -d emu: needs none");
	}
	if (json)
		print_json(&list);
	else
		print_text(&list);
	free_boards(&list.boards);
	return status;
}

const struct command command_list = {
	.name = "list",
	.arguments = "",
	.summary = "list boards, their ports, and who uses them",
	.example = "kpuctl list",
	.options = options,
	.run = run,
};
