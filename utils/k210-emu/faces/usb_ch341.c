/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * WCH CH340 as on the Maix Dock and Bit boards: full speed, 32-byte bulk packets, vendor requests
 * as the Linux driver ch341.c uses them (there is no public data sheet of the requests).
 *
 * Bit rate: 48 MHz / (2^(12 - 3 * ps - fact) * (256 - divisor)), from the two registers 0x12 (ps in
 * bits 1:0, fact in bit 2) and 0x13 (divisor).
 *
 * Not modelled: modem inputs (nothing is wired to them), break, word lengths.
 */
#include "utils/k210-emu/faces/usb_device.h"

enum {
	READ_VERSION = 0x5f,
	READ_REGISTER = 0x95,
	WRITE_REGISTER = 0x9a,
	SERIAL_INIT = 0xa1,
	MODEM_CONTROL = 0xa4,

	VERSION = 0x31,
	REGISTER_PRESCALER = 0x12,
	REGISTER_DIVISOR = 0x13,
	REGISTER_STATUS = 0x06, /* modem inputs, inverted */

	CLOCK_HZ = 48000000,
	LINE_DTR = 0x20, /* these two arrive inverted */
	LINE_RTS = 0x40,
};

/* clang-format off */
static const uint8_t device_descriptor[] = {
	18, 1, 0x10, 0x01, 0xff, 0x00, 0x00, 8, /* USB 1.1, vendor class, 8-byte endpoint 0 */
	0x86, 0x1a, 0x23, 0x75, 0x64, 0x02, 0, 2, 0, 1, /* 1a86:7523, release 2.64 */
};

static const uint8_t configuration[] = {
	9, 2, 39, 0, 1, 1, 0, 0x80, 49, /* one interface, bus powered, 98 mA */
	9, 4, 0, 0, 3, 0xff, 0x01, 0x02, 0, /* three endpoints, vendor class */
	7, 5, 0x82, 2, 32, 0, 0, /* bulk in */
	7, 5, 0x02, 2, 32, 0, 0, /* bulk out */
	7, 5, 0x81, 3, 8, 0, 1, /* interrupt in: modem inputs */
};
/* clang-format on */

static void update_rate(struct usb_serial *serial)
{
	unsigned prescaler = serial->registers[REGISTER_PRESCALER];
	unsigned shift = 12 - 3 * (prescaler & 3) - (prescaler >> 2 & 1);
	uint32_t divisor = 256u - serial->registers[REGISTER_DIVISOR];

	uint32_t rate = CLOCK_HZ / (divisor << shift);

	/* The registers take anything; the host is not told that the line did not follow. */
	if (bridge_set_rate(serial->bridge, rate))
		serial->rate = rate;
}

static int write_registers(struct usb_serial *serial, const struct usb_setup *setup)
{
	serial->registers[setup->value & 0xff] = setup->index & 0xff;
	serial->registers[setup->value >> 8] = setup->index >> 8;
	if ((setup->value & 0xff) == REGISTER_PRESCALER || setup->value >> 8 == REGISTER_DIVISOR)
		update_rate(serial);
	return 0;
}

static int read_two(const struct usb_setup *setup, uint8_t *data, uint8_t first, uint8_t second)
{
	if (setup->length < 2)
		return -1;
	data[0] = first;
	data[1] = second;
	return 2;
}

static int ch341_control(struct usb_serial *serial, const struct usb_setup *setup, uint8_t *data)
{
	if ((setup->request_type & USB_REQUEST_KIND_MASK) != USB_REQUEST_VENDOR)
		return -1;
	switch (setup->request) {
	case READ_VERSION:
		return read_two(setup, data, VERSION, 0);
	case READ_REGISTER:
		if ((setup->value & 0xff) == REGISTER_STATUS)
			return read_two(setup, data, 0xff, 0xee);
		return read_two(setup, data, serial->registers[setup->value & 0xff],
				serial->registers[setup->value >> 8]);
	case WRITE_REGISTER:
		return write_registers(serial, setup);
	case SERIAL_INIT:
		return 0;
	case MODEM_CONTROL:
		bridge_set_lines(serial->bridge, !(setup->value & LINE_DTR),
				 !(setup->value & LINE_RTS));
		return 0;
	default:
		return -1;
	}
}

const struct usb_device usb_ch341 = {
	.name = "ch341",
	.device_descriptor = device_descriptor,
	.configuration = configuration,
	.configuration_size = sizeof(configuration),
	.product = "USB Serial",
	.bulk_in = 2,
	.bulk_out = 2,
	.interrupt_in = 1,
	.control = ch341_control,
};
