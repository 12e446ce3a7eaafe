/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/kpuctl/boards/kernel_device.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/kpuctl/boards/system_file.h"

static int by_name(const void *left, const void *right)
{
	return strverscmp(((const struct kernel_device *)left)->name,
			  ((const struct kernel_device *)right)->name);
}

static void read_device(const char *root, const char *name, struct kernel_device *device)
{
	const struct {
		const char *file;
		char *text;
		size_t size;
	} files[] = {
		{ "state", device->state, sizeof(device->state) },
		{ "state_reason", device->reason, sizeof(device->reason) },
		{ "transport", device->transport, sizeof(device->transport) },
		{ "firmware_version", device->firmware, sizeof(device->firmware) },
		{ "board", device->board, sizeof(device->board) },
	};

	snprintf(device->name, sizeof(device->name), "%s", name);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		system_read(root, files[i].text, files[i].size, "/sys/class/kpu/%s/%s", name,
			    files[i].file);
}

size_t read_kernel_devices(const char *root, struct kernel_device *devices)
{
	size_t count = 0;
	glob_t found;

	system_glob(root, &found, "/sys/class/kpu/kpu[0-9]*");
	for (; count < found.gl_pathc && count < KERNEL_DEVICES_MAX; count++)
		read_device(root, base_name(found.gl_pathv[count]), &devices[count]);
	globfree(&found);
	qsort(devices, count, sizeof(*devices), by_name);
	return count;
}

const struct kernel_device *kernel_device_of_tty(const struct kernel_device *devices, size_t count,
						 const char *tty)
{
	for (size_t i = 0; i < count; i++) {
		if (*tty && !strncmp(devices[i].transport, "tty ", 4) &&
		    !strcmp(devices[i].transport + 4, tty))
			return &devices[i];
	}
	return NULL;
}

/* Does the process have @path open? *seen becomes false when that cannot be told. */
static bool has_open(const char *folder, const char *path, bool *seen)
{
	char link[SYSTEM_PATH_BYTES], target[PATH_MAX];
	DIR *files;
	struct dirent *entry;
	bool found = false;

	snprintf(link, sizeof(link), "%s/fd", folder);
	files = opendir(link);
	if (!files) {
		if (errno == EACCES || errno == EPERM)
			*seen = false;
		return false;
	}
	while (!found && (entry = readdir(files))) {
		ssize_t length;

		snprintf(link, sizeof(link), "%.700s/fd/%.200s", folder, entry->d_name);
		length = readlink(link, target, sizeof(target) - 1);
		if (length > 0) {
			target[length] = 0;
			found = !strcmp(target, path);
		}
	}
	closedir(files);
	return found;
}

void find_port_holders(const char *root, const char *path, struct port_holders *holders)
{
	glob_t found;

	*holders = (struct port_holders){ .all_seen = true };
	system_glob(root, &found, "/proc/[0-9]*");
	for (size_t i = 0; i < found.gl_pathc && holders->count < PORT_HOLDERS_MAX; i++) {
		struct port_holder *holder = &holders->holders[holders->count];
		const char *process = base_name(found.gl_pathv[i]);

		if (!has_open(found.gl_pathv[i], path, &holders->all_seen))
			continue;
		holder->process = strtol(process, NULL, 10);
		if (!system_read(root, holder->name, sizeof(holder->name), "/proc/%s/comm",
				 process))
			snprintf(holder->name, sizeof(holder->name), "?");
		holders->count++;
	}
	globfree(&found);
}
