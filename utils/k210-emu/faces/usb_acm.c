/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A CDC-ACM bridge at high speed, with the identity of WCH's CH9102, which enumerates as this class
 * (USB CDC PSTN subclass 1.2). The real chip is a full-speed device; this one is for long tests.
 *
 * Not modelled: serial state notifications (nothing is wired to the modem inputs), break.
 */
#include "utils/k210-emu/faces/usb_device.h"

#include <string.h>

enum {
	SET_LINE_CODING = 0x20,
	GET_LINE_CODING = 0x21,
	SET_CONTROL_LINE_STATE = 0x22,
	SEND_BREAK = 0x23,
	LINE_CODING_SIZE = 7,
	LINE_DTR = 1,
	LINE_RTS = 2,
};

/* clang-format off */
static const uint8_t device_descriptor[] = {
	18, 1, 0x00, 0x02, 0x02, 0x00, 0x00, 64, /* USB 2.0, communications class */
	0x86, 0x1a, 0xd4, 0x55, 0x43, 0x04, 1, 2, 3, 1, /* 1a86:55d4 */
};

static const uint8_t configuration[] = {
	9, 2, 67, 0, 2, 1, 0, 0x80, 50, /* two interfaces, bus powered, 100 mA */
	9, 4, 0, 0, 1, 0x02, 0x02, 0x01, 0, /* communications, abstract control model */
	5, 0x24, 0x00, 0x10, 0x01, /* header: CDC 1.1 */
	5, 0x24, 0x01, 0x00, 1, /* call management: none */
	4, 0x24, 0x02, 0x06, /* line coding, line state, break */
	5, 0x24, 0x06, 0, 1, /* union of interfaces 0 and 1 */
	7, 5, 0x83, 3, 16, 0, 9, /* interrupt in, every 32 ms */
	9, 4, 1, 0, 2, 0x0a, 0x00, 0x00, 0, /* data */
	7, 5, 0x81, 2, 0x00, 0x02, 0, /* bulk in, 512 bytes */
	7, 5, 0x01, 2, 0x00, 0x02, 0, /* bulk out */
};
/* clang-format on */

static int set_line_coding(struct usb_serial *serial, const struct usb_setup *setup,
			   const uint8_t *data)
{
	uint32_t rate;

	if (setup->length < LINE_CODING_SIZE)
		return -1;
	rate = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
	       (uint32_t)data[3] << 24;
	/* A coding that the device cannot do is refused; the old one stays. */
	if (!bridge_set_rate(serial->bridge, rate))
		return -1;
	memcpy(serial->line_coding, data, LINE_CODING_SIZE);
	serial->rate = rate;
	return 0;
}

static int acm_control(struct usb_serial *serial, const struct usb_setup *setup, uint8_t *data)
{
	if ((setup->request_type & USB_REQUEST_KIND_MASK) != USB_REQUEST_CLASS)
		return -1;
	switch (setup->request) {
	case SET_LINE_CODING:
		return set_line_coding(serial, setup, data);
	case GET_LINE_CODING:
		if (setup->length < LINE_CODING_SIZE)
			return -1;
		memcpy(data, serial->line_coding, LINE_CODING_SIZE);
		return LINE_CODING_SIZE;
	case SET_CONTROL_LINE_STATE:
		bridge_set_lines(serial->bridge, setup->value & LINE_DTR, setup->value & LINE_RTS);
		return 0;
	case SEND_BREAK:
		return 0;
	default:
		return -1;
	}
}

const struct usb_device usb_acm = {
	.name = "acm",
	.device_descriptor = device_descriptor,
	.configuration = configuration,
	.configuration_size = sizeof(configuration),
	.manufacturer = "kpu",
	.product = "Emulated K210 board",
	.serial = "0001",
	.bulk_in = 1,
	.bulk_out = 1,
	.interrupt_in = 3,
	.control = acm_control,
};
