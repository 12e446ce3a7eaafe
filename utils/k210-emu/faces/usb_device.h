/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A USB-serial bridge chip as the bus sees it: descriptors and control requests. The bytes of its
 * bulk endpoints go through usbip.c straight to the bridge.
 */
#ifndef K210_EMU_FACES_USB_DEVICE_H
#define K210_EMU_FACES_USB_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utils/k210-emu/bridge.h"

#define USB_CONTROL_MAX 4096

struct usb_setup {
	uint8_t request_type, request;
	uint16_t value, index, length;
};

#define USB_REQUEST_IN        0x80
#define USB_REQUEST_KIND_MASK 0x60
#define USB_REQUEST_STANDARD  0x00
#define USB_REQUEST_CLASS     0x20
#define USB_REQUEST_VENDOR    0x40

/* What the chip was told; the bridge gets it too. */
struct usb_serial {
	struct bridge *bridge;
	uint8_t configuration;
	uint8_t alternate; /* always 0 */
	uint32_t rate;
	uint8_t line_coding[7]; /* as a CDC-ACM host sees it */
	uint8_t registers[256]; /* CH341 */
};

struct usb_device {
	const char *name;
	const uint8_t *device_descriptor; /* 18 bytes */
	const uint8_t *configuration;
	size_t configuration_size;
	const char *manufacturer, *product, *serial; /* strings 1, 2, 3; NULL: none */
	uint8_t bulk_in, bulk_out, interrupt_in;     /* endpoint numbers */
	/*
	 * Class and vendor requests. @data holds setup->length bytes: what the host sent, or room
	 * for the answer. Returns bytes answered (0 for OUT), or -1 to stall.
	 */
	int (*control)(struct usb_serial *serial, const struct usb_setup *setup, uint8_t *data);
};

extern const struct usb_device usb_ch341;
extern const struct usb_device usb_acm;

/* Any request on endpoint 0; handles the standard ones itself. As usb_device.control. */
int usb_control(const struct usb_device *device, struct usb_serial *serial,
		const struct usb_setup *setup, uint8_t *data);

/* Power-on state. */
void usb_serial_reset(struct usb_serial *serial, struct bridge *bridge);

#endif
