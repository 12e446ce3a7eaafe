/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "lib/boot/usb_ids.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* A tty lies at most this deep below its USB device. */
#define LEVELS_MAX 6

/* One line of FOLDER/NAME; false: there is no such file. */
static bool read_attribute(const char *folder, const char *name, char *text, size_t size)
{
	char path[PATH_MAX];
	FILE *file;
	bool ok;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	ok = fgets(text, (int)size, file) != NULL;
	fclose(file);
	if (ok)
		text[strcspn(text, "\n")] = 0;
	return ok;
}

static long read_hexadecimal(const char *folder, const char *name)
{
	char text[32];

	return read_attribute(folder, name, text, sizeof(text)) ? strtol(text, NULL, 16) : -1;
}

const struct kpu_boot_board *kpu_boot_board_of_folder(const char *folder)
{
	char path[PATH_MAX], product_name[128];
	long interface = -1;

	if (!realpath(folder, path))
		return NULL;
	for (unsigned level = 0; level < LEVELS_MAX && strchr(path, '/'); level++) {
		long vendor = read_hexadecimal(path, "idVendor");
		long product = read_hexadecimal(path, "idProduct");

		if (vendor >= 0 && product >= 0) {
			bool named =
				read_attribute(path, "product", product_name, sizeof(product_name));

			return kpu_boot_find_board((uint16_t)vendor, (uint16_t)product,
						   (int)interface, named ? product_name : NULL);
		}
		if (interface < 0)
			interface = read_hexadecimal(path, "bInterfaceNumber");
		*strrchr(path, '/') = 0;
	}
	return NULL;
}

const struct kpu_boot_board *kpu_boot_board_of_tty(int fd, const char *sysfs)
{
	char folder[PATH_MAX];
	struct stat status;

	if (fstat(fd, &status) < 0 || !S_ISCHR(status.st_mode))
		return NULL;
	snprintf(folder, sizeof(folder), "%s/dev/char/%u:%u/device", sysfs, major(status.st_rdev),
		 minor(status.st_rdev));
	return kpu_boot_board_of_folder(folder);
}
