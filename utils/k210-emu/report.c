/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

static void write_origin(FILE *file, const struct report_origin *origin)
{
	fprintf(file, "%12" PRIu64 " ", origin->cycle);
	if (origin->hart >= 0)
		fprintf(file, "hart%d %08" PRIx64 " ", origin->hart, origin->pc);
	else
		fputs("board          ", file);
}

/* Number of errors of this kind so far, this one included; 0 when the table is full. */
static unsigned count_kind(struct report *report, const char *format)
{
	for (unsigned i = 0; i < REPORT_ERROR_KINDS; i++) {
		if (!report->error_kinds[i].format)
			report->error_kinds[i].format = format;
		if (report->error_kinds[i].format == format)
			return report->error_kinds[i].count < UINT32_MAX
				       ? ++report->error_kinds[i].count
				       : UINT32_MAX;
	}
	return 0;
}

void report_error(struct report *report, const struct report_origin *origin, const char *device,
		  const char *format, ...)
{
	unsigned count = count_kind(report, format);
	va_list arguments;

	report->error_count++;
	if (!report->errors || count == 0 || count > REPORT_ERROR_LIMIT)
		return;
	write_origin(report->errors, origin);
	fprintf(report->errors, "%s: ", device);
	va_start(arguments, format);
	vfprintf(report->errors, format, arguments);
	va_end(arguments);
	fputs(count == REPORT_ERROR_LIMIT ? " (further ones are not shown)\n" : "\n",
	      report->errors);
	fflush(report->errors);
}

static struct register_summary *find_register(struct report *report, const char *device,
					      uint32_t offset, bool is_store)
{
	struct register_summary *entry;

	for (uint32_t i = 0; i < report->register_count; i++) {
		entry = &report->registers[i];
		if (entry->device == device && entry->offset == offset &&
		    entry->is_store == is_store)
			return entry;
	}
	if (report->register_count == report->register_capacity) {
		uint32_t capacity = report->register_capacity ? report->register_capacity * 2 : 64;
		void *grown = capacity > 16384 ? NULL
					       : realloc(report->registers,
							 capacity * sizeof(*report->registers));

		if (!grown)
			return NULL;
		report->registers = grown;
		report->register_capacity = capacity;
	}
	entry = &report->registers[report->register_count++];
	*entry = (struct register_summary){ .device = device,
					    .offset = offset,
					    .is_store = is_store };
	return entry;
}

void report_access(struct report *report, const struct report_origin *origin, const char *device,
		   uint32_t offset, bool is_store, unsigned size, uint64_t value)
{
	struct register_summary *entry;

	if (report->trace) {
		write_origin(report->trace, origin);
		fprintf(report->trace, "%s %s+0x%03" PRIx32 " %u %" PRIx64 "\n",
			is_store ? "W" : "R", device, offset, size, value);
	}
	if (!report->summary)
		return;
	entry = find_register(report, device, offset, is_store);
	if (!entry)
		return;
	if (entry->count++ == 0) {
		entry->first_value = value;
		entry->first_pc = origin->pc;
	}
	entry->last_value = value;
}

void report_note(struct report *report, const struct report_origin *origin, const char *format, ...)
{
	va_list arguments;

	if (!report->trace)
		return;
	write_origin(report->trace, origin);
	va_start(arguments, format);
	vfprintf(report->trace, format, arguments);
	va_end(arguments);
	fputc('\n', report->trace);
}

void report_begin(struct report *report)
{
	if (!report->summary)
		return;
	fputs("# device+offset dir count first last first_pc\n", report->summary);
	fflush(report->summary);
}

/* Whoever closes standard error does not want to read it. */
static bool is_lost(FILE *file)
{
	return file && file != stderr && ferror(file);
}

bool report_is_lost(const struct report *report)
{
	return is_lost(report->trace) || is_lost(report->summary) || is_lost(report->errors);
}

static void write_summary(const struct report *report)
{
	for (uint32_t i = 0; i < report->register_count; i++) {
		const struct register_summary *entry = &report->registers[i];

		fprintf(report->summary,
			"%s+0x%03" PRIx32 " %s %" PRIu64 " %" PRIx64 " %" PRIx64 " %08" PRIx64 "\n",
			entry->device, entry->offset, entry->is_store ? "W" : "R", entry->count,
			entry->first_value, entry->last_value, entry->first_pc);
	}
}

void report_finish(struct report *report)
{
	if (report->summary)
		write_summary(report);
	if (report->trace)
		fflush(report->trace);
	free(report->registers);
	report->registers = NULL;
	report->register_count = 0;
	report->register_capacity = 0;
}
