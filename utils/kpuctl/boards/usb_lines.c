/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/boards/usb_lines.h"

#include <libusb-1.0/libusb.h>
#include <stdio.h>
#include <string.h>

#include "utils/kpuctl/boards/system_file.h"

/* Most hubs in a row that USB allows, 2.0 specification section 4.1.1. */
#define PORTS_MAX 7

/*
 * Bridges are of the vendor's class or, with CDC-ACM, the communication class; the data interface
 * that belongs to the latter and a probe's HID interface are no lines.
 */
static bool is_serial(unsigned class)
{
	return class == LIBUSB_CLASS_VENDOR_SPEC || class == LIBUSB_CLASS_COMM;
}

/* The kernel's name for a device: its bus and the ports on the way to it. False for root hubs. */
static bool device_name(libusb_device *device, char *name, size_t size)
{
	uint8_t ports[PORTS_MAX];
	int count = libusb_get_port_numbers(device, ports, PORTS_MAX), length;

	if (count <= 0)
		return false;
	length = snprintf(name, size, "%u", libusb_get_bus_number(device));
	for (int i = 0; i < count && length < (int)size; i++)
		length += snprintf(name + length, size - (size_t)length, "%c%u", i ? '.' : '-',
				   ports[i]);
	return length < (int)size;
}

static void visit_device(libusb_device *device, usb_line_visitor *visit, void *context)
{
	struct libusb_device_descriptor descriptor;
	struct libusb_config_descriptor *configuration;
	struct usb_line line = { 0 };

	if (libusb_get_device_descriptor(device, &descriptor) ||
	    !device_name(device, line.device, sizeof(line.device)) ||
	    libusb_get_active_config_descriptor(device, &configuration))
		return;
	line.vendor = descriptor.idVendor;
	line.product = descriptor.idProduct;
	for (unsigned i = 0; i < configuration->bNumInterfaces; i++) {
		const struct libusb_interface *interface = &configuration->interface[i];

		if (!interface->num_altsetting ||
		    !is_serial(interface->altsetting[0].bInterfaceClass))
			continue;
		line.interface = interface->altsetting[0].bInterfaceNumber;
		snprintf(line.name, sizeof(line.name), "%.20s:%u.%u", line.device,
			 configuration->bConfigurationValue, (unsigned)line.interface);
		visit(&line, context);
	}
	libusb_free_config_descriptor(configuration);
}

bool usb_lines_of_system(usb_line_visitor *visit, void *context)
{
	libusb_context *usb;
	libusb_device **devices;
	ssize_t count;

	if (libusb_init(&usb))
		return false;
	count = libusb_get_device_list(usb, &devices);
	for (ssize_t i = 0; i < count; i++)
		visit_device(devices[i], visit, context);
	if (count >= 0)
		libusb_free_device_list(devices, 1);
	libusb_exit(usb);
	return count >= 0;
}

static bool read_hex(const char *root, unsigned *number, const char *name, const char *file)
{
	char text[16];

	return system_read(root, text, sizeof(text), "/sys/bus/usb/devices/%s/%s", name, file) &&
	       sscanf(text, "%x", number) == 1;
}

static void visit_interface(const char *root, const char *name, usb_line_visitor *visit,
			    void *context)
{
	unsigned vendor, product, interface, class;
	struct usb_line line = { 0 };

	snprintf(line.name, sizeof(line.name), "%s", name);
	snprintf(line.device, sizeof(line.device), "%.*s", (int)strcspn(name, ":"), name);
	if (!read_hex(root, &vendor, line.device, "idVendor") ||
	    !read_hex(root, &product, line.device, "idProduct") ||
	    !read_hex(root, &interface, name, "bInterfaceNumber") ||
	    !read_hex(root, &class, name, "bInterfaceClass") || !is_serial(class))
		return;
	line.vendor = (uint16_t)vendor;
	line.product = (uint16_t)product;
	line.interface = (int)interface;
	visit(&line, context);
}

void usb_lines_of_tree(const char *root, usb_line_visitor *visit, void *context)
{
	glob_t found;

	system_glob(root, &found, "/sys/bus/usb/devices/*:*");
	for (size_t i = 0; i < found.gl_pathc; i++)
		visit_interface(root, base_name(found.gl_pathv[i]), visit, context);
	globfree(&found);
}
