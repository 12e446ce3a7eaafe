/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What the board tells its user about the guest program: errors (things a correct program does not
 * do), a trace of register accesses, a log of KPU layers. Nothing is written unless asked for.
 */
#ifndef K210_EMU_REPORT_H
#define K210_EMU_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define REPORT_ERROR_KINDS 128
/* Of each kind so many are written in full; the rest is only counted. */
#define REPORT_ERROR_LIMIT 20

struct register_summary {
	const char *device;
	uint32_t offset;
	bool is_store;
	uint64_t count;
	uint64_t first_value, last_value;
	uint64_t first_pc;
};

struct report {
	FILE *errors;  /* NULL: only counted */
	FILE *trace;   /* every access */
	FILE *summary; /* per register, written at the end */
	uint64_t error_count;
	struct {
		const char *format;
		unsigned count;
	} error_kinds[REPORT_ERROR_KINDS];
	struct register_summary *registers;
	uint32_t register_count, register_capacity;
};

struct report_origin {
	uint64_t cycle;
	int hart; /* -1: not caused by an instruction */
	uint64_t pc;
};

/* @format must be a string constant: errors are limited per format. */
void report_error(struct report *report, const struct report_origin *origin, const char *device,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));

void report_access(struct report *report, const struct report_origin *origin, const char *device,
		   uint32_t offset, bool is_store, unsigned size, uint64_t value);

/* One line of free text in the trace, for instance a KPU layer. */
void report_note(struct report *report, const struct report_origin *origin, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Begins the summary, so that a full disk is known of before the board runs. */
void report_begin(struct report *report);
/* Some of what was to be written is not there. */
bool report_is_lost(const struct report *report);
/* Writes the summary; frees everything but does not close the files. */
void report_finish(struct report *report);

#endif
