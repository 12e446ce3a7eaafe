/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* flash pins: the record of a board's wiring (link/board_record.h). */
#include <stdio.h>
#include <string.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/flash/actions.h"
#include "utils/kpuctl/flash/pins_text.h"
#include "utils/kpuctl/json.h"

static void show_text(enum kpu_board_record_state state, const char *pins)
{
	if (state == KPU_BOARD_RECORD_ABSENT)
		printf("there is no record of this board's pins: the firmware uses those it was "
		       "built with\n");
	else if (state == KPU_BOARD_RECORD_GOOD)
		printf("%s\n", pins);
	else
		printf("there is a record of this board's pins, but %s: the firmware uses those "
		       "it was built with\n",
		       pins_record_fault(state));
}

static void show_json(enum kpu_board_record_state state, const char *pins)
{
	struct json_object *out = json_object_new_object();

	json_object_object_add(out, "record",
			       json_object_new_boolean(state != KPU_BOARD_RECORD_ABSENT));
	if (state == KPU_BOARD_RECORD_GOOD)
		json_put_text(out, "pins", pins);
	else if (state != KPU_BOARD_RECORD_ABSENT)
		json_put_text(out, "fault", pins_record_fault(state));
	json_print(out);
}

static int show(const struct flash_request *request, const struct flash_chip *chip)
{
	uint8_t bytes[KPU_BOARD_RECORD_BYTES_MAX];
	enum kpu_board_record_state state;
	char text[PINS_TEXT_BYTES] = "";
	struct kpu_spi_pins pins;
	struct kpu_error error;

	if (chip->read(chip->context, KPU_BOARD_RECORD_ADDRESS, bytes, sizeof(bytes), &error) < 0)
		return report_error(&error);
	state = kpu_board_record_read(bytes, &pins);
	if (state == KPU_BOARD_RECORD_GOOD)
		pins_print(&pins, text);
	if (request->json)
		show_json(state, text);
	else
		show_text(state, text);
	return EXIT_OK;
}

/* A record and what is erased around it, or, with "none", all of it erased. */
static int plan_sector(const struct flash_request *request, const struct flash_chip *chip,
		       struct flash_plan *plan, struct kpu_error *error)
{
	const char *text = request->path;
	struct kpu_spi_pins pins;
	uint8_t sector[4096];
	int rc = 0;

	if (chip->info.erase_bytes != sizeof(sector))
		return fail(error, KPU_ERR_PARAM, "this flash is erased by %u bytes, not by 4096",
			    chip->info.erase_bytes);
	memset(sector, 0xff, sizeof(sector));
	if (strcmp(text, "none") != 0) {
		rc = pins_parse(text, &pins, error);
		kpu_board_record_write(sector, &pins);
	}
	return rc < 0 ? rc
		      : flash_plan_add(plan, KPU_BOARD_RECORD_ADDRESS, sector, sizeof(sector),
				       "the board's pins", error);
}

int flash_action_pins(const struct flash_request *request, struct kpu_device *device)
{
	struct flash_chip chip;
	struct kpu_error error;
	int status;

	if (!request->path)
		return flash_chip_open(device, &chip, &error) < 0 ? report_error(&error)
								  : show(request, &chip);
	status = flash_change(request, device, plan_sector);
	if (status == EXIT_OK)
		printf("the firmware follows it from its next start on: `kpuctl reset`\n");
	return status;
}
