/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/flash/pins_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/kpuctl/failure.h"

#define EXAMPLE "sclk=21,cs=24,mosi=22,miso=23,sense=15,ready=32"
#define UNSET   254u
#define IO_MAX  47u

/* In the order of struct kpu_spi_pins. */
static const char *const names[KPU_SPI_PINS] = { "sclk", "cs", "mosi", "miso", "sense", "ready" };
#define MOSI 2u
#define MISO 3u

static int set_pin(uint8_t *io, unsigned pin, uint8_t number, struct kpu_error *error)
{
	if (io[pin] != UNSET)
		return fail(error, KPU_ERR_PARAM, "%s is given twice", names[pin]);
	io[pin] = number;
	return 0;
}

/* "cs=24" */
static int take_setting(const char *setting, uint8_t *io, struct kpu_error *error)
{
	const char *value = strchr(setting, '=');
	size_t length = value ? (size_t)(value - setting) : 0;
	unsigned long number;
	unsigned pin = 0;
	char *end;

	if (!value)
		return fail(error, KPU_ERR_PARAM, "\"%s\" is no NAME=IO; write " EXAMPLE, setting);
	number = strtoul(++value, &end, 10);
	if (*value < '0' || *value > '9' || *end || number > IO_MAX)
		return fail(error, KPU_ERR_PARAM,
			    "%s: the K210 has the pins IO0 to IO47, so NAME=0 to NAME=47", setting);
	if (length == 4 && !memcmp(setting, "data", 4)) {
		int rc = set_pin(io, MOSI, (uint8_t)number, error);

		return rc < 0 ? rc : set_pin(io, MISO, (uint8_t)number, error);
	}
	while (pin < KPU_SPI_PINS &&
	       (strlen(names[pin]) != length || memcmp(names[pin], setting, length) != 0))
		pin++;
	if (pin == KPU_SPI_PINS)
		return fail(error, KPU_ERR_PARAM,
			    "there is no pin \"%.*s\": sclk, cs, mosi, miso, sense, ready, or data "
			    "for one wire in both directions",
			    (int)length, setting);
	return set_pin(io, pin, (uint8_t)number, error);
}

/* All are there; what does kpu_spi_pins_possible() not like? */
static int explain(const uint8_t *io, struct kpu_error *error)
{
	for (unsigned i = 0; i < KPU_SPI_PINS; i++) {
		if (io[i] == 4 || io[i] == 5)
			return fail(error, KPU_ERR_PARAM,
				    "%s=%u: IO4 and IO5 are the serial line to the host", names[i],
				    io[i]);
		for (unsigned j = 0; j < i; j++)
			if (io[i] == io[j] && !(j == MOSI && i == MISO))
				return fail(error, KPU_ERR_PARAM, "%s and %s are both IO%u",
					    names[j], names[i], io[i]);
	}
	return fail(error, KPU_ERR_PARAM, "these pins are not possible");
}

int pins_parse(const char *text, struct kpu_spi_pins *pins, struct kpu_error *error)
{
	uint8_t *io = &pins->sclk;
	char copy[PINS_TEXT_BYTES], *rest = copy, *setting;

	if (!strcmp(text, "off")) {
		memset(io, KPU_SPI_PIN_OFF, KPU_SPI_PINS);
		return 0;
	}
	if (strlen(text) >= sizeof(copy))
		return fail(error, KPU_ERR_PARAM, "too much for six pins; write " EXAMPLE);
	memset(io, UNSET, KPU_SPI_PINS);
	strcpy(copy, text);
	while ((setting = strsep(&rest, ","))) {
		int rc = take_setting(setting, io, error);

		if (rc < 0)
			return rc;
	}
	for (unsigned i = 0; i < KPU_SPI_PINS; i++)
		if (io[i] == UNSET)
			return fail(error, KPU_ERR_PARAM, "%s is missing; write " EXAMPLE,
				    names[i]);
	return kpu_spi_pins_possible(pins) ? 0 : explain(io, error);
}

void pins_print(const struct kpu_spi_pins *pins, char text[PINS_TEXT_BYTES])
{
	if (pins->sclk == KPU_SPI_PIN_OFF)
		snprintf(text, PINS_TEXT_BYTES, "off");
	else if (pins->mosi == pins->miso)
		snprintf(text, PINS_TEXT_BYTES, "sclk=%u,cs=%u,data=%u,sense=%u,ready=%u",
			 pins->sclk, pins->cs, pins->mosi, pins->sense, pins->ready);
	else
		snprintf(text, PINS_TEXT_BYTES, "sclk=%u,cs=%u,mosi=%u,miso=%u,sense=%u,ready=%u",
			 pins->sclk, pins->cs, pins->mosi, pins->miso, pins->sense, pins->ready);
}

const char *pins_record_fault(enum kpu_board_record_state state)
{
	switch (state) {
	case KPU_BOARD_RECORD_DAMAGED:
		return "it is damaged";
	case KPU_BOARD_RECORD_NEWER:
		return "it is of a version that is not known here";
	case KPU_BOARD_RECORD_PINS:
		return "its pins are not possible";
	default:
		return NULL;
	}
}
