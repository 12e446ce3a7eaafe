/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Prints how many thousand times a second this computer's time stamp counter counts, which is what
 * a guest under QEMU's TCG sees as its own. The guest's kernel would measure it against an emulated
 * timer, and when the emulator does not get the processor at the wrong moment it takes the result,
 * twenty times too low, for the truth: its clock runs away.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>

#define INTERVAL_NS 100000000

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_RAW, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

struct moment {
	uint64_t ns, counter, spread;
};

/* Both clocks at once: the closest of several attempts. */
static struct moment look(void)
{
	struct moment best = { .spread = UINT64_MAX };

	for (int i = 0; i < 100; i++) {
		uint64_t before = __rdtsc(), ns = now_ns(), after = __rdtsc();

		if (after - before < best.spread) {
			best.ns = ns;
			best.counter = before + (after - before) / 2;
			best.spread = after - before;
		}
	}
	return best;
}

int main(void)
{
	struct timespec pause = { .tv_nsec = INTERVAL_NS };
	struct moment start = look(), end;

	nanosleep(&pause, NULL);
	end = look();
	printf("%llu\n", (unsigned long long)((double)(end.counter - start.counter) * 1e6 /
					      (double)(end.ns - start.ns)));
	return 0;
}
#else
/* QEMU makes up a counter there. */
int main(void)
{
	return 1;
}
#endif
