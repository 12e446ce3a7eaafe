/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/api.h"
#include "lib/emulator.h"
#include "lib/error.h"

/* Where things lie, seen from the folder of libkpu.so or of the program that contains it. */
static const char *const program_places[] = {
	"../bin/k210-emu",            /* build/lib or build/bin -> build/bin */
	"../libexec/kpu/k210-emu",    /* PREFIX/lib, PREFIX/bin */
	"../../libexec/kpu/k210-emu", /* PREFIX/lib/x86_64-linux-gnu */
	"../../bin/k210-emu",         /* build/tests/lib */
	"../../../bin/k210-emu",      /* build/tests/unit/lib */
	"../../../../bin/k210-emu",
};

static const char *const firmware_places[] = {
	"../firmware/kpu-firmware.bin",       "../share/kpu/kpu-firmware.bin",
	"../../share/kpu/kpu-firmware.bin",   "../../firmware/kpu-firmware.bin",
	"../../../firmware/kpu-firmware.bin", "../../../../firmware/kpu-firmware.bin",
};

#define PLACES (sizeof(program_places) / sizeof(program_places[0]))
_Static_assert(PLACES == sizeof(firmware_places) / sizeof(firmware_places[0]), "same length");

static bool beside(const char *origin, const char *const *places, int mode, char *found)
{
	char folder[PATH_MAX], path[2 * PATH_MAX];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", origin);
	slash = strrchr(folder, '/');
	if (!slash)
		return false;
	*slash = 0;
	for (size_t i = 0; i < PLACES; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, places[i]);
		if (access(path, mode) == 0 && strlen(path) < PATH_MAX) {
			strcpy(found, path);
			return true;
		}
	}
	return false;
}

static bool search(const char *const *places, int mode, char *found)
{
	char program[PATH_MAX];
	Dl_info library;
	ssize_t length;

	if (dladdr((void *)(uintptr_t)kpu_emulator_find, &library) && library.dli_fname &&
	    beside(library.dli_fname, places, mode, found))
		return true;
	length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (length <= 0)
		return false;
	program[length] = 0;
	return beside(program, places, mode, found);
}

static int find(const struct kpu_uri *uri, const char *option, const char *variable,
		const char *const *places, int mode, char *found, struct kpu_error *error)
{
	const char *given = kpu_uri_option(uri, option);

	if (!given || !*given)
		given = secure_getenv(variable);
	if (given && *given) {
		snprintf(found, PATH_MAX, "%s", given);
		if (access(found, mode) == 0)
			return 0;
		kpu_fail(error, KPU_ERR_NO_DEVICE, "emu: %s %s cannot be %s", option, given,
			 mode == X_OK ? "run" : "read");
		kpu_error_advise(error, "name another with emu:?%s= or $%s, or leave it out",
				 option, variable);
		return -KPU_ERR_NO_DEVICE;
	}
	if (search(places, mode, found))
		return 0;
	kpu_fail(error, KPU_ERR_NO_DEVICE, "emu: cannot find the %s", option);
	kpu_error_advise(error, "build or install it, or set $%s", variable);
	return -KPU_ERR_NO_DEVICE;
}

int kpu_emulator_find(const struct kpu_uri *uri, struct kpu_emulator_files *files,
		      struct kpu_error *error)
{
	int rc = find(uri, "emulator", "KPU_EMULATOR", program_places, X_OK, files->program, error);
	const char *firmware = kpu_uri_option(uri, "firmware");

	*files->firmware = 0;
	if (rc == 0 && !(firmware && !strcmp(firmware, "flash")))
		rc = find(uri, "firmware", "KPU_FIRMWARE", firmware_places, R_OK, files->firmware,
			  error);
	return rc;
}

KPU_API int kpu_firmware_path(char *path, size_t size, struct kpu_error *error)
{
	char found[PATH_MAX];
	int rc;

	if (!path)
		return kpu_fail(error, KPU_ERR_PARAM, "path is NULL");
	rc = kpu_firmware_find(found, error);
	if (rc == 0 && strlen(found) >= size)
		rc = kpu_fail(error, KPU_ERR_PARAM, "the firmware's path has %zu characters",
			      strlen(found));
	if (rc == 0)
		strcpy(path, found);
	return rc;
}

int kpu_firmware_find(char *path, struct kpu_error *error)
{
	const char *given = secure_getenv("KPU_FIRMWARE");

	if (given && *given) {
		snprintf(path, PATH_MAX, "%s", given);
		return 0;
	}
	if (search(firmware_places, R_OK, path))
		return 0;
	kpu_fail(error, KPU_ERR_READ_FILE, "cannot find the board's firmware, kpu-firmware.bin");
	kpu_error_advise(error, "build or install it, or set $KPU_FIRMWARE");
	return -KPU_ERR_READ_FILE;
}
