/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A computer with one GPIO chip, /dev/gpiochip2. fake_gpiod1.c and fake_gpiod2.c show it through
 * the two versions of libgpiod; the test moves its line FAKE_LINE.
 */
#ifndef KPU_TESTS_FAKE_CHIP_H
#define KPU_TESTS_FAKE_CHIP_H

#include <stdbool.h>
#include <stddef.h>

#define FAKE_PATH  "/dev/gpiochip2"
#define FAKE_LABEL "pinctrl-fake"
#define FAKE_LINES 8u
#define FAKE_LINE  5u

struct fake_chip {
	int open_error;     /* errno of opening the chip, 0: it works */
	int request_error;  /* of asking for the line */
	int read_error;     /* of reading edges */
	const char *holder; /* who has the line, NULL: nobody */
	bool high;
	bool gone; /* since it was asked for */
	int edges[2];

	/* What was asked for. */
	char consumer[32];
	bool both_edges, pull_down, input;
	int objects; /* that were made and not freed: chips, lines, everything */
};

extern struct fake_chip fake_chip;

void fake_chip_start(void);
void fake_chip_end(void);
/* As the kernel tells an edge: by the level that it finds when it looks. */
void fake_chip_edge(bool rising);
void fake_chip_go(void);

/* For the two versions. 0 or -1 and errno. */
int fake_chip_open(const char *path);
int fake_chip_request(unsigned offset, const char *consumer);
/* Waits for the first one, like the kernel. */
int fake_chip_read(bool *rising, size_t max);
int fake_chip_level(void);
void *fake_new(size_t size);
void fake_free(void *object);

#endif
