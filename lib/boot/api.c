/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The boot of kpu.h: on serial ports. */
#include "lib/api.h"

#include <string.h>
#include <unistd.h>

#include "lib/boot/images.h"
#include "lib/boot/usb_ids.h"
#include "lib/error.h"
#include "lib/serial.h"
#include "link/wire.h"

static int check_options(const struct kpu_boot_options *options, struct kpu_error *error)
{
	if (options->style && !kpu_boot_find_style(options->style)) {
		kpu_fail(error, KPU_ERR_PARAM, "\"%s\" is not a reset style", options->style);
		kpu_error_advise(error, "use dan, kd233 (goe) or god, or none to try all");
		return -KPU_ERR_PARAM;
	}
	if (options->max_rate && options->max_rate < KPU_BOOT_BAUD)
		return kpu_fail(error, KPU_ERR_PARAM, "the highest rate is %u baud, not below %u",
				options->max_rate, KPU_BOOT_BAUD);
	return 0;
}

KPU_API int kpu_boot_fd(int fd, const struct kpu_boot_options *options,
			struct kpu_boot_result *result, struct kpu_error *error)
{
	static const struct kpu_boot_options defaults;
	struct kpu_boot_result unused;
	struct kpu_boot_images images;
	struct kpu_boot_tty tty;
	int rc;

	if (!options)
		options = &defaults;
	if (!result)
		result = &unused;
	memset(result, 0, sizeof(*result));
	rc = check_options(options, error);
	if (rc < 0)
		return rc;
	rc = kpu_boot_images_read(&images, options, error);
	if (rc == 0) {
		kpu_boot_tty_init(&tty, fd);
		rc = kpu_boot_run(&tty.port, kpu_boot_board_of_tty(fd, "/sys"), &images, options,
				  result, error);
	}
	kpu_boot_images_free(&images);
	return rc;
}

KPU_API int kpu_boot_tty(const char *path, const struct kpu_boot_options *options,
			 struct kpu_boot_result *result, struct kpu_error *error)
{
	struct kpu_serial_state before;
	int fd, rc;

	if (!path || !*path)
		return kpu_fail(error, KPU_ERR_PARAM, "a path is needed, e.g. /dev/ttyUSB0");
	fd = kpu_serial_open_keeping(path, KPU_BOOT_BAUD, &before, error);
	if (fd < 0)
		return fd;
	rc = kpu_boot_fd(fd, options, result, error);
	if (rc < 0)
		kpu_serial_put_back(fd, &before);
	close(fd);
	return rc;
}
