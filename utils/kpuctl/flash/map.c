/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/flash/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "k210/flash_image.h"
#include "kmodel/kmodel.h"
#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/flash/firmware_image.h"
#include "utils/kpuctl/flash/pins_text.h"

#define HEAD_BYTES 64u
/* Larger programs are read only when asked for: at 115200 baud this takes 25 s. */
#define DIGEST_BYTES_MAX (256u * 1024)

/* Where MaixPy keeps its file system, SPIFFS, which nothing tells by itself (MaixPy-v1
 * components/spiffs/Kconfig). */
#define MAIXPY_FILES_AT 0xd00000u

/* Erased parts are looked for in steps of these; every one divides the next. */
static const uint32_t steps[] = { 1u << 20, 1u << 16, 1u << 12 };
#define STEPS (sizeof(steps) / sizeof(steps[0]))

struct scan {
	const struct flash_chip *chip;
	struct flash_map *map;
	struct kpu_error *error;
	uint32_t blank_crc[STEPS];
	uint32_t end, sector;
	bool verify;
	int rc; /* of the last access */
};

static struct flash_region *add_region(struct scan *scan, enum flash_content content,
				       uint32_t address, uint32_t size)
{
	struct flash_map *map = scan->map;
	struct flash_region *last = map->count ? &map->regions[map->count - 1] : NULL;
	struct flash_region *grown;

	/* Nothing is known of unknown data, so neighbours are one. */
	if (last && (content == FLASH_BLANK || address != MAIXPY_FILES_AT) &&
	    last->content == content && last->address + last->size == address &&
	    (content == FLASH_BLANK || content == FLASH_UNKNOWN)) {
		last->size += size;
		return last;
	}
	grown = realloc(map->regions, (map->count + 1) * sizeof(*grown));
	if (!grown) {
		scan->rc = fail(scan->error, KPU_ERR_HOST_MEMORY, "no memory for a map");
		return NULL;
	}
	map->regions = grown;
	last = &map->regions[map->count++];
	*last = (struct flash_region){ .content = content, .address = address, .size = size };
	snprintf(last->text, sizeof(last->text), "%s",
		 content == FLASH_BLANK ? "erased" : "unknown data");
	return last;
}

/* Length of the erased part at @address that one comparison finds, 0: it is not erased. */
static uint32_t blank_at(struct scan *scan, uint32_t address)
{
	for (size_t i = 0; i < STEPS; i++) {
		uint32_t crc;

		if (address % steps[i] || steps[i] > scan->end - address)
			continue;
		scan->rc = scan->chip->check(scan->chip->context, address, steps[i], &crc,
					     scan->error);
		if (scan->rc < 0)
			return 0;
		if (crc == scan->blank_crc[i])
			return steps[i];
	}
	return 0;
}

/* The digest of the whole image; true: @region says what came out. */
static void look_at_digest(struct scan *scan, struct flash_region *region)
{
	uint8_t *image = malloc(region->size);

	if (!image) {
		scan->rc = fail(scan->error, KPU_ERR_HOST_MEMORY, "no memory for %u bytes",
				region->size);
		return;
	}
	scan->rc = scan->chip->read(scan->chip->context, 0, image, region->size, scan->error);
	if (scan->rc == 0 && firmware_image_good(image, region->size)) {
		region->content = FLASH_FIRMWARE;
		snprintf(region->text, sizeof(region->text), "a program of %u bytes",
			 region->size - K210_FLASH_IMAGE_HEADER - K210_FLASH_IMAGE_DIGEST);
	} else if (scan->rc == 0) {
		region->content = FLASH_FIRMWARE_DAMAGED;
		snprintf(region->text, sizeof(region->text),
			 "a damaged program: its SHA-256 is wrong, it does not start");
	}
	free(image);
}

/* A program can only be at the start. */
static bool add_program(struct scan *scan, const uint8_t *head)
{
	struct flash_region *region;
	bool encrypted;
	uint32_t size;

	if (!firmware_image_begins(head, &size, &encrypted) || size > scan->chip->info.size)
		return false;
	region = add_region(scan, FLASH_FIRMWARE_OPEN, 0, size);
	if (!region)
		return true;
	snprintf(region->text, sizeof(region->text), "%s program of %u bytes",
		 encrypted ? "an encrypted" : "a (not verified)",
		 size - K210_FLASH_IMAGE_HEADER - K210_FLASH_IMAGE_DIGEST);
	if (size <= DIGEST_BYTES_MAX || scan->verify)
		look_at_digest(scan, region);
	return true;
}

struct place {
	struct scan *scan;
	uint32_t address;
};

static bool read_at_place(void *context, uint32_t offset, uint8_t *bytes, uint32_t length)
{
	struct place *place = context;
	struct scan *scan = place->scan;

	scan->rc = scan->chip->read(scan->chip->context, place->address + offset, bytes, length,
				    scan->error);
	return scan->rc == 0;
}

static bool add_model(struct scan *scan, uint32_t address, const uint8_t *head)
{
	struct place place = { scan, address };
	struct flash_region *region;
	uint32_t size;

	/* Only what can be measured: three zero bytes behind a 3 are not much of a proof. */
	if (!kmodel_measure(read_at_place, &place, scan->chip->info.size - address, &size) ||
	    scan->rc < 0)
		return scan->rc < 0;
	region = add_region(scan, FLASH_MODEL, address, size);
	if (region)
		snprintf(region->text, sizeof(region->text), "%s",
			 kmodel_kind_name(kmodel_identify(head, HEAD_BYTES)));
	return true;
}

/* It has its place. */
static bool add_record(struct scan *scan)
{
	uint8_t bytes[KPU_BOARD_RECORD_BYTES_MAX];
	enum kpu_board_record_state state;
	char text[PINS_TEXT_BYTES];
	struct flash_region *region;
	struct kpu_spi_pins pins;

	scan->rc = scan->chip->read(scan->chip->context, KPU_BOARD_RECORD_ADDRESS, bytes,
				    sizeof(bytes), scan->error);
	if (scan->rc < 0)
		return true;
	state = kpu_board_record_read(bytes, &pins);
	if (state == KPU_BOARD_RECORD_ABSENT)
		return false;
	region = add_region(scan,
			    state == KPU_BOARD_RECORD_GOOD ? FLASH_RECORD : FLASH_RECORD_REFUSED,
			    KPU_BOARD_RECORD_ADDRESS, KPU_BOARD_RECORD_BYTES);
	if (region && state != KPU_BOARD_RECORD_GOOD) {
		snprintf(region->text, sizeof(region->text), "the board's pins, not followed: %s",
			 pins_record_fault(state));
	} else if (region) {
		pins_print(&pins, text);
		snprintf(region->text, sizeof(region->text), "the board's pins: %.74s", text);
	}
	return true;
}

static const char *hint_of(const uint8_t *head)
{
	switch (kmodel_identify(head, HEAD_BYTES)) {
	case KMODEL_KIND_KFPKG:
		return "a zip file; packages are unpacked by `kpuctl flash kfpkg`";
	case KMODEL_KIND_ENCRYPTED:
		return "an encrypted model";
	case KMODEL_KIND_V5:
		return "kmodel V5, which a K210 does not run";
	default:
		return NULL;
	}
}

/* What starts at @address, which is not erased; returns where to look next. */
static uint32_t look_at(struct scan *scan, uint32_t address)
{
	uint8_t head[HEAD_BYTES];
	struct flash_region *region;
	const char *hint;
	bool known;

	scan->rc = scan->chip->read(scan->chip->context, address, head, sizeof(head), scan->error);
	if (scan->rc < 0)
		return address;
	known = (address == 0 && add_program(scan, head)) ||
		(address == KPU_BOARD_RECORD_ADDRESS && add_record(scan)) ||
		add_model(scan, address, head);
	if (known && scan->rc == 0) {
		region = &scan->map->regions[scan->map->count - 1];
		address = region->address + region->size + scan->sector - 1;
		return address - address % scan->sector;
	}
	if (scan->rc < 0)
		return address;
	hint = hint_of(head);
	if (!hint && address == MAIXPY_FILES_AT)
		hint = "unknown data, where MaixPy keeps its files (SPIFFS)";
	region = add_region(scan, FLASH_UNKNOWN, address, scan->sector);
	if (region && hint && region->address == address)
		snprintf(region->text, sizeof(region->text), "%s", hint);
	return address + scan->sector;
}

int flash_map_scan(const struct flash_chip *chip, uint32_t end, bool verify, struct flash_map *map,
		   flash_progress progress, void *context, struct kpu_error *error)
{
	struct scan scan = {
		.chip = chip, .map = map, .error = error, .end = end, .verify = verify
	};
	uint32_t address = 0;

	*map = (struct flash_map){ 0 };
	scan.sector = chip->info.erase_bytes;
	if (end % scan.sector)
		scan.end = end = end - end % scan.sector + scan.sector;
	for (size_t i = 0; i < STEPS; i++)
		scan.blank_crc[i] = flash_blank_crc(steps[i]);
	while (address < end && scan.rc == 0) {
		uint32_t blank;

		if (progress && !progress(context, "looking", address, end)) {
			scan.rc = fail(error, KPU_ERR_CANCELLED, "interrupted");
			error->next_step[0] = 0;
			break;
		}
		blank = blank_at(&scan, address);
		if (scan.rc < 0)
			break;
		if (blank) {
			add_region(&scan, FLASH_BLANK, address, blank);
			address += blank;
		} else {
			address = look_at(&scan, address);
		}
	}
	return scan.rc;
}

void flash_map_free(struct flash_map *map)
{
	free(map->regions);
	*map = (struct flash_map){ 0 };
}

const struct flash_region *flash_map_loss(const struct flash_map *map, uint32_t address,
					  uint32_t size)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct flash_region *region = &map->regions[i];
		uint64_t end = (uint64_t)region->address + region->size;

		if (end <= address || region->address >= (uint64_t)address + size ||
		    region->content == FLASH_BLANK)
			continue;
		if (region->content == FLASH_UNKNOWN || region->content == FLASH_FIRMWARE_DAMAGED ||
		    region->address != address)
			return region;
	}
	return NULL;
}

const struct flash_region *flash_map_at(const struct flash_map *map, uint32_t address)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct flash_region *region = &map->regions[i];

		if (region->address == address && region->content != FLASH_BLANK &&
		    region->content != FLASH_UNKNOWN)
			return region;
	}
	return NULL;
}
