/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utils/kpuctl/doctor/doctor.h"
#include "utils/kpuctl/boards/system_file.h"

#define BUILD_AND_INSTALL "make modules && sudo make install"
#define ONCE_FOR_ALL      ", or once for all kernels, with the package dkms: sudo make install-dkms"

/* Modules are some 100 KiB. */
#define MODULE_BYTES_MAX (16 << 20)

struct module_file {
	char *bytes;
	size_t size;
};

static bool read_module(const char *path, struct module_file *file)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	ssize_t length = -1;

	*file = (struct module_file){ 0 };
	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size < MODULE_BYTES_MAX) {
		file->bytes = malloc((size_t)status.st_size + 1);
		if (file->bytes)
			length = read(fd, file->bytes, (size_t)status.st_size);
	}
	close(fd);
	if (length < 0) {
		free(file->bytes);
		return false;
	}
	file->size = (size_t)length;
	file->bytes[length] = 0;
	return true;
}

/* A value of the section .modinfo, "key=value" with a zero at its end; "": none. */
static void module_value(const struct module_file *file, const char *key, char *value, size_t size)
{
	char wanted[32] = "";
	size_t length = (size_t)snprintf(wanted + 1, sizeof(wanted) - 1, "%s=", key) + 1;
	/* With the zero in front, where the value before it ends. */
	const char *place = memmem(file->bytes, file->size, wanted, length);

	snprintf(value, size, "%s", place ? place + length : "");
}

static bool is_signed(const struct module_file *file)
{
	/* Appended by scripts/sign-file: Documentation/admin-guide/module-signing.rst. */
	static const char mark[] = "~Module signature appended~\n";
	size_t length = sizeof(mark) - 1;

	return file->size >= length && !memcmp(file->bytes + file->size - length, mark, length);
}

/* Will the kernel refuse modules without a signature that it knows? *why says so. */
static bool signatures_are_asked_for(const char *root, const char **why)
{
	char text[128] = "", path[SYSTEM_PATH_BYTES];
	unsigned char variable[5] = { 0 };
	int fd;

	/* Attributes (4 bytes), then the value: UEFI specification, section 3.3. */
	snprintf(path, sizeof(path), "%s%s", root,
		 "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (read(fd, variable, sizeof(variable)) != sizeof(variable))
			variable[4] = 0;
		close(fd);
	}
	system_read(root, text, sizeof(text), "/sys/kernel/security/lockdown");
	if (strstr(text, "[integrity]") || strstr(text, "[confidentiality]")) {
		*why = variable[4] ? "Secure Boot is on" : "the kernel is locked down";
		return true;
	}
	system_read(root, text, sizeof(text), "/sys/module/module/parameters/sig_enforce");
	*why = "module.sig_enforce is set";
	return *text == 'Y';
}

/* Path of kpu_tty.ko for @release, below the root; false: none. */
static bool find_module(const char *root, const char *release, char *path, size_t size)
{
	static const char *const places[] = { "updates", "updates/*",        "extra",
					      "extra/*", "kernel/drivers/*", "kernel/drivers/*/*" };
	bool found_one = false;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !found_one; i++) {
		glob_t found;

		system_glob(root, &found, "/lib/modules/%s/%s/kpu_tty.ko*", release, places[i]);
		if (found.gl_pathc) {
			snprintf(path, size, "%s", found.gl_pathv[0]);
			found_one = true;
		}
		globfree(&found);
	}
	return found_one;
}

/* Does DKMS know the sources (make install-dkms)? */
static bool dkms_has_sources(const char *root)
{
	glob_t found;
	bool has;

	system_glob(root, &found, "/var/lib/dkms/kpu/*/source");
	has = found.gl_pathc > 0;
	globfree(&found);
	return has;
}

/* For the kernel that runs. */
static const char *way_to_install(const struct doctor *doctor)
{
	return dkms_has_sources(doctor->root) ? "sudo dkms autoinstall" : BUILD_AND_INSTALL;
}

static void say_not_installed(struct doctor *doctor, const char *release)
{
	char other[SYSTEM_PATH_BYTES], headers[128] = "", repair[240];
	bool for_other_kernel = find_module(doctor->root, "*", other, sizeof(other));
	const char *start;

	if (!system_exists(doctor->root, "/lib/modules/%s/build/Makefile", release))
		snprintf(headers, sizeof(headers), "sudo apt-get install linux-headers-%.80s && ",
			 release);
	snprintf(repair, sizeof(repair), "%s%s%s", headers, way_to_install(doctor),
		 for_other_kernel && !dkms_has_sources(doctor->root) ? ONCE_FOR_ALL : "");
	if (!for_other_kernel) {
		doctor_say(doctor, FINDING_PROBLEM, repair,
			   "the kernel module kpu_tty is not installed");
		return;
	}
	start = other + strlen(doctor->root) + strlen("/lib/modules/");
	doctor_say(doctor, FINDING_PROBLEM, repair,
		   "the kernel module kpu_tty is installed for kernel %.*s, but %s runs",
		   (int)strcspn(start, "/"), start, release);
}

static bool is_compressed(const char *path)
{
	return strcmp(path + strlen(path) - 3, ".ko") != 0;
}

/* Why `modprobe kpu_tty` would fail, or the command. */
static void say_not_loaded(struct doctor *doctor, const char *release, const char *path)
{
	char magic[128] = "", text[16];
	struct module_file file;
	const char *why;
	bool lacks_signature = false;

	if (!is_compressed(path) && read_module(path, &file)) {
		module_value(&file, "vermagic", magic, sizeof(magic));
		lacks_signature = !is_signed(&file);
		free(file.bytes);
	}
	magic[strcspn(magic, " ")] = 0;
	system_read(doctor->root, text, sizeof(text), "/proc/sys/kernel/modules_disabled");
	if (*magic && strcmp(magic, release))
		doctor_say(doctor, FINDING_PROBLEM, BUILD_AND_INSTALL,
			   "%s was built for kernel %s, but %s runs: it cannot be loaded", path,
			   magic, release);
	else if (lacks_signature && signatures_are_asked_for(doctor->root, &why))
		doctor_say(doctor, FINDING_PROBLEM,
			   "sign kpu.ko and kpu_tty.ko with a key that mokutil --import has made "
			   "known (docs/uapi.md), or switch Secure Boot off",
			   "%s, and %s has no signature: it will be refused", why, path);
	else if (*text == '1')
		doctor_say(doctor, FINDING_PROBLEM, "sudo reboot",
			   "the kernel module kpu_tty is not loaded, and kernel.modules_disabled "
			   "forbids to load it");
	else if (!system_exists(doctor->root, "/lib/modules/%s/modules.dep", release))
		doctor_say(doctor, FINDING_PROBLEM, "sudo depmod && sudo modprobe kpu_tty",
			   "the kernel module kpu_tty is not loaded, and depmod has not been run");
	else
		doctor_say(doctor, FINDING_PROBLEM, "sudo modprobe kpu_tty",
			   "the kernel module kpu_tty is installed but not loaded");
}

/* Installed anew, but the old one is still in the kernel. */
static void compare_loaded(struct doctor *doctor, const char *path)
{
	char loaded[64], installed[64];
	struct module_file file;

	if (!system_read(doctor->root, loaded, sizeof(loaded), "/sys/module/kpu_tty/srcversion") ||
	    is_compressed(path) || !read_module(path, &file))
		return;
	module_value(&file, "srcversion", installed, sizeof(installed));
	free(file.bytes);
	if (*installed && strcmp(loaded, installed))
		doctor_say(doctor, FINDING_PROBLEM,
			   "sudo modprobe -r kpu_tty && sudo modprobe kpu_tty",
			   "the kernel module that is loaded is not the one that is installed");
}

void check_module(struct doctor *doctor)
{
	char release[96], path[SYSTEM_PATH_BYTES];
	bool installed;

	if (!system_read(doctor->root, release, sizeof(release), "/proc/sys/kernel/osrelease"))
		snprintf(release, sizeof(release), "unknown");
	installed = find_module(doctor->root, release, path, sizeof(path));
	if (system_exists(doctor->root, "/sys/module/kpu_tty")) {
		doctor_say(doctor, FINDING_OK, NULL, "the kernel module kpu_tty is loaded");
		if (installed)
			compare_loaded(doctor, path);
		else
			doctor_say(doctor, FINDING_NOTE, way_to_install(doctor),
				   "but it is not installed for kernel %s: it will be missing "
				   "after the next start",
				   release);
	} else if (installed) {
		say_not_loaded(doctor, release, path);
	} else {
		say_not_installed(doctor, release);
	}
}
