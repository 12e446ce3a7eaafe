/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* flash info and flash read. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "utils/kpuctl/flash/actions.h"
#include "utils/kpuctl/flash/map.h"
#include "utils/kpuctl/json.h"
#include "utils/kpuctl/output_file.h"

static const char *const content_names[] = {
	[FLASH_BLANK] = "blank",
	[FLASH_FIRMWARE] = "firmware",
	[FLASH_FIRMWARE_DAMAGED] = "damaged_firmware",
	[FLASH_FIRMWARE_OPEN] = "unverified_firmware",
	[FLASH_MODEL] = "model",
	[FLASH_RECORD] = "board_record",
	[FLASH_RECORD_REFUSED] = "refused_board_record",
	[FLASH_UNKNOWN] = "unknown",
};

static const char *manufacturer(uint32_t jedec_id)
{
	switch (jedec_id >> 16) {
	case 0xc8:
		return "GigaDevice";
	case 0xef:
		return "Winbond";
	case 0xc2:
		return "Macronix";
	case 0x20:
		return "Micron or XMC";
	case 0x9d:
		return "ISSI";
	case 0x0b:
		return "XTX";
	default:
		return "unknown maker";
	}
}

static void print_text(const struct flash_chip *chip, const struct flash_map *map)
{
	const struct kpu_flash_info *info = &chip->info;

	printf("chip       %06x (%s), %u KiB, unique id %016" PRIx64 "\n", info->jedec_id,
	       manufacturer(info->jedec_id), info->size / 1024, info->unique_id);
	printf("pieces     erased by %u bytes, programmed by %u; read at %u MHz\n",
	       info->erase_bytes, info->program_bytes, info->clock_hz / 1000000);
	for (size_t i = 0; i < map->count; i++) {
		const struct flash_region *region = &map->regions[i];

		printf("%s0x%06x%s   %9u bytes  %s\n", region->content == FLASH_BLANK ? "" : bold(),
		       region->address, region->content == FLASH_BLANK ? "" : plain(), region->size,
		       region->text);
	}
}

static void print_json(const struct flash_chip *chip, const struct flash_map *map, bool pending)
{
	struct json_object *out = json_object_new_object(), *list = json_object_new_array();
	char text[24];

	snprintf(text, sizeof(text), "%06x", chip->info.jedec_id);
	json_put_text(out, "jedec_id", text);
	snprintf(text, sizeof(text), "%016" PRIx64, chip->info.unique_id);
	json_put_text(out, "unique_id", text);
	json_put_number(out, "size", chip->info.size);
	json_put_number(out, "erase_bytes", chip->info.erase_bytes);
	json_put_number(out, "program_bytes", chip->info.program_bytes);
	json_put_number(out, "clock_hz", chip->info.clock_hz);
	json_object_object_add(out, "write_interrupted", json_object_new_boolean(pending));
	for (size_t i = 0; i < map->count; i++) {
		struct json_object *item = json_object_new_object();

		json_put_number(item, "address", map->regions[i].address);
		json_put_number(item, "size", map->regions[i].size);
		json_put_text(item, "content", content_names[map->regions[i].content]);
		json_put_text(item, "text", map->regions[i].text);
		json_object_array_add(list, item);
	}
	json_object_object_add(out, "regions", list);
	json_print(out);
}

int flash_action_info(const struct flash_request *request, struct kpu_device *device)
{
	struct progress_bar bar = { 0 };
	struct flash_chip chip;
	struct flash_map map = { 0 };
	struct kpu_error error;
	int rc = flash_chip_open(device, &chip, &error);

	if (rc < 0)
		return report_error(&error);
	flash_catch_interrupt();
	rc = flash_map_scan(&chip, chip.info.size, request->verify, &map, flash_show_progress, &bar,
			    &error);
	progress_end(&bar);
	if (rc == 0 && request->json)
		print_json(&chip, &map, flash_write_pending(&chip));
	else if (rc == 0)
		print_text(&chip, &map);
	if (rc == 0 && !request->json)
		flash_write_pending(&chip);
	flash_map_free(&map);
	return rc < 0 ? report_error(&error) : EXIT_OK;
}

static bool show_reading(void *context, uint32_t done, uint32_t total)
{
	return flash_show_progress(context, "reading", done, total);
}

int flash_action_read(const struct flash_request *request, struct kpu_device *device)
{
	struct progress_bar bar = { 0 };
	struct kpu_error error;
	uint8_t *data;
	int status = EXIT_OK;

	if (request->size == 0) {
		complain("nothing to read: the size is 0");
		return EXIT_USAGE;
	}
	data = malloc(request->size);
	if (!data) {
		complain("no memory for %u bytes", request->size);
		return EXIT_FAILED;
	}
	flash_catch_interrupt();
	if (kpu_flash_read(device, request->address, data, request->size, show_reading, &bar) < 0) {
		progress_end(&bar);
		kpu_last_error(device, &error);
		status = flash_report(&error);
	}
	progress_end(&bar);
	if (status == EXIT_OK && output_write(request->output, data, request->size, &error) < 0)
		status = report_error(&error);
	free(data);
	return status;
}
