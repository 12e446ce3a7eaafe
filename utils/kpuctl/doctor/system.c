/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/kpuctl/doctor/doctor.h"
#include "utils/kpuctl/boards/system_file.h"

#define INSTALL "sudo make install"

/* In the order in which udev and systemd look: udev(7), systemd.unit(5). */
static const char *const rule_folders[] = { "/etc/udev/rules.d", "/run/udev/rules.d",
					    "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d",
					    "/lib/udev/rules.d" };
static const char *const unit_folders[] = { "/etc/systemd/system", "/run/systemd/system",
					    "/usr/local/lib/systemd/system",
					    "/usr/lib/systemd/system", "/lib/systemd/system" };
#define FOLDERS (sizeof(rule_folders) / sizeof(rule_folders[0]))
_Static_assert(FOLDERS == sizeof(unit_folders) / sizeof(unit_folders[0]), "same length");

enum place {
	PLACE_NOWHERE,
	PLACE_FOUND,
	PLACE_MASKED, /* a link to /dev/null, or empty, stands before it */
};

static enum place find_file(const char *root, const char *const *folders, const char *name)
{
	char text[8], target[16];

	for (size_t i = 0; i < FOLDERS; i++) {
		if (!system_exists(root, "%s/%s", folders[i], name))
			continue;
		if (system_link_name(root, target, sizeof(target), "%s/%s", folders[i], name) &&
		    !strcmp(target, "null"))
			return PLACE_MASKED;
		if (system_read(root, text, sizeof(text), "%s/%s", folders[i], name) && !*text)
			return PLACE_MASKED;
		return PLACE_FOUND;
	}
	return PLACE_NOWHERE;
}

static void check_file(struct doctor *doctor, const char *const *folders, const char *name,
		       const char *without)
{
	switch (find_file(doctor->root, folders, name)) {
	case PLACE_NOWHERE:
		doctor_say(doctor, FINDING_PROBLEM, INSTALL, "%s is not installed: %s", name,
			   without);
		break;
	case PLACE_MASKED:
		doctor_say(doctor, FINDING_NOTE, NULL, "%s is masked: %s", name, without);
		break;
	default:
		doctor_say(doctor, FINDING_OK, NULL, "%s is installed", name);
	}
}

void check_udev(struct doctor *doctor)
{
	check_file(doctor, rule_folders, "60-kpu.rules", "only root may use /dev/kpuN");
	check_file(doctor, rule_folders, "60-kpu-boards.rules",
		   "boards are not attached when they are plugged in");
	check_file(doctor, unit_folders, "kpu-attach@.service",
		   "boards are not attached when they are plugged in");
	if (!system_exists(doctor->root, "/run/udev/control"))
		doctor_say(doctor, FINDING_NOTE, "sudo kpuctl attach",
			   "udev does not run here: boards are attached by hand");
	else if (!system_exists(doctor->root, "/run/systemd/system"))
		doctor_say(doctor, FINDING_NOTE, "sudo kpuctl attach",
			   "systemd does not run here: boards are attached by hand");
}

struct membership {
	bool exists, listed; /* in /etc/group; what the user would have after logging in */
	bool active;         /* this process has it */
};

static bool is_listed(const char *members, const char *user)
{
	size_t length = strlen(user);

	for (; members && *members; members = strchr(members, ',')) {
		members += *members == ',';
		if (!strncmp(members, user, length) && strchr(",\n", members[length]))
			return true;
	}
	return false;
}

static bool has_group(gid_t group)
{
	gid_t groups[256];
	int count = getgroups(256, groups);

	for (int i = 0; i < count; i++) {
		if (groups[i] == group)
			return true;
	}
	return getegid() == group;
}

/* Not getgrnam(): below another root it would be this system's. NAME:PASSWORD:NUMBER:MEMBERS. */
static void read_membership(const char *root, const char *group, const char *user,
			    struct membership *found)
{
	char path[SYSTEM_PATH_BYTES], *line = NULL;
	size_t size = 0, length = strlen(group);
	FILE *file;

	*found = (struct membership){ 0 };
	snprintf(path, sizeof(path), "%s/etc/group", root);
	file = fopen(path, "re");
	while (file && getline(&line, &size, file) > 0) {
		char *number, *members;

		if (strncmp(line, group, length) || line[length] != ':')
			continue;
		number = strchr(line + length + 1, ':');
		members = number ? strchr(number + 1, ':') : NULL;
		if (!members)
			continue;
		found->exists = true;
		found->listed = is_listed(members + 1, user);
		found->active = has_group((gid_t)strtoul(number + 1, NULL, 10));
	}
	free(line);
	if (file)
		fclose(file);
}

static void check_group(struct doctor *doctor, const char *group, const char *user,
			const char *purpose)
{
	struct membership membership;
	char repair[128];

	read_membership(doctor->root, group, user, &membership);
	if (membership.active) {
		doctor_say(doctor, FINDING_OK, NULL, "%s is in the group %s", user, group);
	} else if (membership.listed) {
		doctor_say(doctor, FINDING_PROBLEM, "log out and in again",
			   "%s has been put into the group %s, but this session began before", user,
			   group);
	} else {
		snprintf(repair, sizeof(repair), "sudo usermod -aG %s %.64s, then log in again",
			 group, user);
		/* The one who sits at the machine is let in without it, by udev's uaccess. */
		doctor_say(doctor, FINDING_NOTE, repair, "%s is not in the group %s, which %s",
			   user, group, purpose);
	}
}

void check_groups(struct doctor *doctor)
{
	struct passwd entry, *found = NULL;
	char user[64], buffer[4096];

	if (geteuid() == 0)
		return;
	if (getpwuid_r(geteuid(), &entry, buffer, sizeof(buffer), &found) == 0 && found)
		snprintf(user, sizeof(user), "%s", found->pw_name);
	else
		snprintf(user, sizeof(user), "user %u", (unsigned)geteuid());
	check_group(doctor, "plugdev", user, "may use /dev/kpuN");
	check_group(doctor, "dialout", user, "may use tty:/dev/ttyUSB0");
}

/* A computer that is still busy with its own start may be slower than a board is given time. */
static int open_emulator(struct kpu_device **device, struct kpu_error *error)
{
	int rc = kpu_open("emu:", device, error);

	for (int again = 0; rc == -KPU_ERR_TIMEOUT && again < 2; again++)
		rc = kpu_open("emu:", device, error);
	return rc;
}

void check_emulator(struct doctor *doctor)
{
	struct kpu_device_info info;
	struct kpu_device *device;
	struct kpu_error error;
	char version[40];

	if (open_emulator(&device, &error) < 0) {
		doctor_say(doctor, FINDING_PROBLEM, INSTALL, "the emulated board does not work: %s",
			   error.message);
		return;
	}
	if (kpu_device_info(device, &info) < 0) {
		kpu_last_error(device, &error);
		doctor_say(doctor, FINDING_PROBLEM, INSTALL,
			   "the firmware image does not work on the emulated board: %s",
			   error.message);
		kpu_close(device);
		return;
	}
	kpu_close(device);
	snprintf(version, sizeof(version), "%u.%u.%u", info.firmware >> 16,
		 info.firmware >> 8 & 255, info.firmware & 255);
	if (strcmp(version, kpu_version()))
		doctor_say(doctor, FINDING_PROBLEM,
			   getenv("KPU_FIRMWARE") ? "unset KPU_FIRMWARE" : INSTALL,
			   "the firmware image is of version %s, the library of version %s",
			   version, kpu_version());
	else
		doctor_say(doctor, FINDING_OK, NULL,
			   "the emulated board runs the firmware image, version %s", version);
}
