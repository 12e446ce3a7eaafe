/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Puts the guest to sleep and wakes it up again.
 *
 *   host_sleep freezer SECONDS | devices SECONDS | s2idle
 *
 * The first two stop half-way, as /sys/power/pm_test does: all programs frozen, or the devices
 * suspended as well. The last one is real, and something has to end it: see run.sh, "wake".
 *
 * The driver of the 9p shares cannot sleep, so it lets go of them meanwhile.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#define SHARES    "/sys/bus/virtio/drivers/9pnet_virtio"
#define MOUNTS    "/etc/mounts"
#define NAMES_MAX 8

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (!done)
		fprintf(stderr, "host_sleep: %s to %s: %s\n", text, path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return done;
}

static void each_mount(bool mounts)
{
	FILE *list = fopen(MOUNTS, "re");
	char tag[64], directory[128], mode[8];

	while (list && fscanf(list, "%63s %127s %7s", tag, directory, mode) == 3) {
		if (!mounts)
			umount2(directory, MNT_DETACH);
		else if (mount(tag, directory, "9p", strcmp(mode, "ro") ? 0 : MS_RDONLY,
			       "trans=virtio,version=9p2000.L,msize=262144"))
			fprintf(stderr, "host_sleep: mount %s: %s\n", directory, strerror(errno));
	}
	if (list)
		fclose(list);
}

static unsigned find_shares(char names[NAMES_MAX][32])
{
	DIR *folder = opendir(SHARES);
	struct dirent *entry;
	unsigned count = 0;

	while (folder && (entry = readdir(folder)) && count < NAMES_MAX)
		if (!strncmp(entry->d_name, "virtio", 6))
			snprintf(names[count++], 32, "%.31s", entry->d_name);
	if (folder)
		closedir(folder);
	return count;
}

static bool prepare(const char *how, const char *seconds, bool test)
{
	if (test)
		return put("/sys/module/suspend/parameters/pm_test_delay", seconds) &&
		       put("/sys/power/pm_test", how);
	return put("/sys/power/pm_test", "none") && put("/sys/power/mem_sleep", how);
}

int main(int argc, char **argv)
{
	bool test = argc == 3 && (!strcmp(argv[1], "freezer") || !strcmp(argv[1], "devices"));
	char names[NAMES_MAX][32];
	unsigned count;
	bool slept;

	if (!test && (argc != 2 || strcmp(argv[1], "s2idle"))) {
		fprintf(stderr, "usage: host_sleep freezer SECONDS | devices SECONDS | s2idle\n");
		return 2;
	}
	if (!prepare(argv[1], argv[2], test))
		return 1;
	each_mount(false);
	count = find_shares(names);
	for (unsigned i = 0; i < count; i++)
		put(SHARES "/unbind", names[i]);
	slept = put("/sys/power/state", test ? "freeze" : "mem");
	for (unsigned i = 0; i < count; i++)
		put(SHARES "/bind", names[i]);
	each_mount(true);
	return !slept;
}
