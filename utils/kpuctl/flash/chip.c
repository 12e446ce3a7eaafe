/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/flash/chip.h"

#include <string.h>

#include "link/crc.h"
#include "utils/kpuctl/failure.h"

static int outcome(struct kpu_device *device, int rc, struct kpu_error *error)
{
	if (rc < 0)
		kpu_last_error(device, error);
	return rc;
}

static int read_chip(void *context, uint32_t address, void *data, uint32_t size,
		     struct kpu_error *error)
{
	return outcome(context, kpu_flash_read(context, address, data, size, NULL, NULL), error);
}

static int check_chip(void *context, uint32_t address, uint32_t size, uint32_t *crc32,
		      struct kpu_error *error)
{
	return outcome(context, kpu_flash_check(context, address, size, crc32), error);
}

static int write_chip(void *context, uint32_t address, const void *data, uint32_t size,
		      struct kpu_error *error)
{
	return outcome(context, kpu_flash_write(context, address, data, size, NULL, NULL), error);
}

static int erase_chip(void *context, uint32_t address, uint32_t size, struct kpu_error *error)
{
	return outcome(context, kpu_flash_erase(context, address, size, NULL, NULL), error);
}

int flash_chip_open(struct kpu_device *device, struct flash_chip *chip, struct kpu_error *error)
{
	int rc;

	*chip = (struct flash_chip){
		.context = device,
		.read = read_chip,
		.check = check_chip,
		.write = write_chip,
		.erase = erase_chip,
	};
	rc = outcome(device, kpu_flash_info(device, &chip->info), error);
	if (rc == 0 && (!chip->info.size || !chip->info.erase_bytes))
		rc = fail(error, KPU_ERR_NO_DEVICE,
			  "the board's flash is missing, or of a kind that the firmware does not "
			  "know (JEDEC id %06x)",
			  chip->info.jedec_id);
	return rc;
}

uint32_t flash_data_crc(const void *data, uint32_t size)
{
	return kpu_crc32(KPU_CRC32_START, data, size);
}

uint32_t flash_blank_crc(uint32_t size)
{
	uint32_t crc = KPU_CRC32_START;
	uint8_t erased[4096];

	memset(erased, 0xff, sizeof(erased));
	while (size) {
		uint32_t part = size < sizeof(erased) ? size : (uint32_t)sizeof(erased);

		crc = kpu_crc32(crc, erased, part);
		size -= part;
	}
	return crc;
}
