/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Findings of `kpuctl doctor`, and the checks that make them. */
#ifndef KPUCTL_DOCTOR_H
#define KPUCTL_DOCTOR_H

#include <kpu.h>
#include <stdbool.h>
#include <stddef.h>

enum finding_kind {
	FINDING_OK,
	FINDING_NOTE,    /* worth knowing, nothing is wrong */
	FINDING_PROBLEM, /* keeps something from working */
};

struct finding {
	enum finding_kind kind;
	char text[400];
	char repair[240]; /* a command or what to do; empty: nothing */
};

struct doctor {
	const char *root;   /* "" or a folder in place of this system */
	const char *config; /* attach.conf */
	bool probe;         /* ports that nobody has are reset and asked for a K210 */
	struct finding *findings;
	size_t count;
	size_t problems, boards;
};

/* @repair may be NULL. Nothing printed by these; memory that is not there ends the program. */
void doctor_say(struct doctor *doctor, enum finding_kind kind, const char *repair,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

/* doctor_module.c: the kernel's part. */
void check_module(struct doctor *doctor);
/* doctor_system.c: what is installed beside it, and the user's rights. */
void check_udev(struct doctor *doctor);
void check_groups(struct doctor *doctor);
void check_emulator(struct doctor *doctor);
/* doctor_boards.c: each board and each /dev/kpuN. */
void check_boards(struct doctor *doctor);

#endif
