/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPU_LIB_BOOT_IMAGES_H
#define KPU_LIB_BOOT_IMAGES_H

#include "lib/boot/boot.h"

/* Reads what the options name, or what is installed. kpu_boot_images_free() in any case. */
int kpu_boot_images_read(struct kpu_boot_images *images, const struct kpu_boot_options *options,
			 struct kpu_error *error);
void kpu_boot_images_free(struct kpu_boot_images *images);

#endif
