/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "tests/unit/spi/fake_chip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fake_chip fake_chip;

void fake_chip_start(void)
{
	memset(&fake_chip, 0, sizeof(fake_chip));
	if (pipe(fake_chip.edges) < 0)
		abort();
}

void fake_chip_end(void)
{
	close(fake_chip.edges[0]);
	if (!fake_chip.gone)
		close(fake_chip.edges[1]);
}

void fake_chip_edge(bool rising)
{
	char edge = rising;

	fake_chip.high = rising;
	if (write(fake_chip.edges[1], &edge, 1) != 1)
		abort();
}

void fake_chip_go(void)
{
	fake_chip.gone = true;
	close(fake_chip.edges[1]);
}

int fake_chip_open(const char *path)
{
	errno = fake_chip.open_error ? fake_chip.open_error : ENOENT;
	return fake_chip.open_error || strcmp(path, FAKE_PATH) ? -1 : 0;
}

int fake_chip_request(unsigned offset, const char *consumer)
{
	errno = offset >= FAKE_LINES ? EINVAL : fake_chip.holder ? EBUSY : fake_chip.request_error;
	if (errno)
		return -1;
	snprintf(fake_chip.consumer, sizeof(fake_chip.consumer), "%s", consumer);
	return 0;
}

int fake_chip_read(bool *rising, size_t max)
{
	char edges[64];
	ssize_t got;

	errno = fake_chip.read_error;
	if (errno)
		return -1;
	got = read(fake_chip.edges[0], edges, max < sizeof(edges) ? max : sizeof(edges));
	for (ssize_t i = 0; i < got; i++)
		rising[i] = edges[i];
	return (int)got;
}

int fake_chip_level(void)
{
	errno = ENODEV;
	return fake_chip.gone ? -1 : fake_chip.high;
}

void *fake_new(size_t size)
{
	void *object = calloc(1, size);

	if (!object)
		abort();
	fake_chip.objects++;
	return object;
}

void fake_free(void *object)
{
	if (object)
		fake_chip.objects--;
	free(object);
}
