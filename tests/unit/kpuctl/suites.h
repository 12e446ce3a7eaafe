/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef TESTS_UNIT_KPUCTL_SUITES_H
#define TESTS_UNIT_KPUCTL_SUITES_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

TCase *flash_list_tests(void);
TCase *package_tests(void);
TCase *gallery_tests(void);
TCase *picture_tests(void);
TCase *draw_tests(void);
TCase *attach_config_tests(void);
TCase *flash_tests(void);
TCase *pins_tests(void);

struct zip_member {
	const char *name;
	const void *data;
	size_t size;
};

/* A zip file in memory, made by libzip; to be freed. */
uint8_t *make_zip(const struct zip_member *members, size_t count, size_t *size);

#endif
