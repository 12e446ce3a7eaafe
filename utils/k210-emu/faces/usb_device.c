/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Standard requests of chapter 9 of the USB 2.0 specification. */
#include "utils/k210-emu/faces/usb_device.h"

#include <string.h>

enum {
	GET_STATUS = 0,
	CLEAR_FEATURE = 1,
	SET_FEATURE = 3,
	SET_ADDRESS = 5,
	GET_DESCRIPTOR = 6,
	GET_CONFIGURATION = 8,
	SET_CONFIGURATION = 9,
	GET_INTERFACE = 10,
	SET_INTERFACE = 11,
	DESCRIPTOR_DEVICE = 1,
	DESCRIPTOR_CONFIGURATION = 2,
	DESCRIPTOR_STRING = 3,
	DEVICE_DESCRIPTOR_SIZE = 18,
};

static int answer(const struct usb_setup *setup, uint8_t *data, const void *bytes, size_t size)
{
	if (size > setup->length)
		size = setup->length;
	memcpy(data, bytes, size);
	return (int)size;
}

static int string_descriptor(const struct usb_device *device, const struct usb_setup *setup,
			     uint8_t *data)
{
	static const uint8_t languages[] = { 4, DESCRIPTOR_STRING, 0x09, 0x04 };
	const char *strings[] = { NULL, device->manufacturer, device->product, device->serial };
	uint8_t number = setup->value & 0xff;
	uint8_t bytes[2 + 2 * 60] = { 0, DESCRIPTOR_STRING };
	size_t size = 2;

	if (number == 0)
		return answer(setup, data, languages, sizeof(languages));
	if (number >= sizeof(strings) / sizeof(strings[0]) || !strings[number])
		return -1;
	for (const char *at = strings[number]; *at && size + 2 <= sizeof(bytes); at++) {
		bytes[size++] = (uint8_t)*at;
		bytes[size++] = 0;
	}
	bytes[0] = (uint8_t)size;
	return answer(setup, data, bytes, size);
}

static int get_descriptor(const struct usb_device *device, const struct usb_setup *setup,
			  uint8_t *data)
{
	switch (setup->value >> 8) {
	case DESCRIPTOR_DEVICE:
		return answer(setup, data, device->device_descriptor, DEVICE_DESCRIPTOR_SIZE);
	case DESCRIPTOR_CONFIGURATION:
		if (setup->value & 0xff)
			return -1;
		return answer(setup, data, device->configuration, device->configuration_size);
	case DESCRIPTOR_STRING:
		return string_descriptor(device, setup, data);
	default:
		return -1;
	}
}

static int standard_request(const struct usb_device *device, struct usb_serial *serial,
			    const struct usb_setup *setup, uint8_t *data)
{
	static const uint8_t no_status[2] = { 0, 0 };

	switch (setup->request) {
	case GET_STATUS:
		return answer(setup, data, no_status, sizeof(no_status));
	case CLEAR_FEATURE:
	case SET_FEATURE:
	case SET_ADDRESS:
		return 0;
	case GET_DESCRIPTOR:
		return get_descriptor(device, setup, data);
	case GET_CONFIGURATION:
		return answer(setup, data, &serial->configuration, 1);
	case SET_CONFIGURATION:
		if (setup->value > 1)
			return -1;
		serial->configuration = (uint8_t)setup->value;
		return 0;
	case GET_INTERFACE:
		return answer(setup, data, &serial->alternate, 1);
	case SET_INTERFACE:
		return setup->value ? -1 : 0;
	default:
		return -1;
	}
}

int usb_control(const struct usb_device *device, struct usb_serial *serial,
		const struct usb_setup *setup, uint8_t *data)
{
	if ((setup->request_type & USB_REQUEST_KIND_MASK) == USB_REQUEST_STANDARD)
		return standard_request(device, serial, setup, data);
	return device->control(serial, setup, data);
}

void usb_serial_reset(struct usb_serial *serial, struct bridge *bridge)
{
	memset(serial, 0, sizeof(*serial));
	serial->bridge = bridge;
	serial->line_coding[6] = 8; /* data bits */
	bridge_set_rate(bridge, 0);
}
