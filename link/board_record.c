/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "link/board_record.h"

#include "link/bytes.h"
#include "link/crc.h"

#define MAGIC_BYTES 8u
#define VERSION_AT  8u
#define LENGTH_AT   10u
#define CRC_AT      12u
#define PINS_AT     16u

#define IO_COUNT   48u
#define CONSOLE_RX 4u
#define CONSOLE_TX 5u

_Static_assert(sizeof(struct kpu_spi_pins) == KPU_SPI_PINS, "one byte for each pin");

bool kpu_spi_pins_possible(const struct kpu_spi_pins *pins)
{
	const uint8_t *io = &pins->sclk;
	uint64_t taken = 1u << CONSOLE_RX | 1u << CONSOLE_TX;
	unsigned off = 0;

	for (unsigned i = 0; i < KPU_SPI_PINS; i++) {
		if (io[i] == KPU_SPI_PIN_OFF) {
			off++;
			continue;
		}
		if (io[i] >= IO_COUNT)
			return false;
		if (&io[i] == &pins->miso && pins->miso == pins->mosi)
			continue;
		if (taken >> io[i] & 1)
			return false;
		taken |= 1ull << io[i];
	}
	return off == 0 || off == KPU_SPI_PINS;
}

static uint32_t record_crc(const uint8_t *bytes, size_t length)
{
	return kpu_crc32(kpu_crc32(KPU_CRC32_START, bytes, CRC_AT), bytes + PINS_AT,
			 length - PINS_AT);
}

enum kpu_board_record_state kpu_board_record_read(const uint8_t *bytes, struct kpu_spi_pins *pins)
{
	struct kpu_spi_pins found;
	size_t length = kpu_get_u16(bytes + LENGTH_AT);

	if (memcmp(bytes, KPU_BOARD_RECORD_MAGIC, MAGIC_BYTES) != 0)
		return KPU_BOARD_RECORD_ABSENT;
	if (length < KPU_BOARD_RECORD_BYTES || length > KPU_BOARD_RECORD_BYTES_MAX ||
	    record_crc(bytes, length) != kpu_get_u32(bytes + CRC_AT))
		return KPU_BOARD_RECORD_DAMAGED;
	if (kpu_get_u16(bytes + VERSION_AT) != KPU_BOARD_RECORD_VERSION)
		return KPU_BOARD_RECORD_NEWER;
	memcpy(&found, bytes + PINS_AT, sizeof(found));
	if (!kpu_spi_pins_possible(&found))
		return KPU_BOARD_RECORD_PINS;
	*pins = found;
	return KPU_BOARD_RECORD_GOOD;
}

void kpu_board_record_write(uint8_t *bytes, const struct kpu_spi_pins *pins)
{
	memset(bytes, 0, KPU_BOARD_RECORD_BYTES);
	memcpy(bytes, KPU_BOARD_RECORD_MAGIC, MAGIC_BYTES);
	kpu_put_u16(bytes + VERSION_AT, KPU_BOARD_RECORD_VERSION);
	kpu_put_u16(bytes + LENGTH_AT, KPU_BOARD_RECORD_BYTES);
	memcpy(bytes + PINS_AT, pins, sizeof(*pins));
	kpu_put_u32(bytes + CRC_AT, record_crc(bytes, KPU_BOARD_RECORD_BYTES));
}
