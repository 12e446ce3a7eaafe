/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/json.h"

struct report {
	struct kpu_device_info info;
	struct kpu_memory memory;
	struct kpu_link_statistics host, board;
	struct kpu_recovery_statistics recovery;
	bool has_recovery;
};

static void print_link(const char *end, const struct kpu_link_statistics *link)
{
	printf("%-10s %llu packets out, %llu in; %u sent again, %u damaged, %u lost in hardware\n",
	       end, (unsigned long long)link->packets_sent,
	       (unsigned long long)link->packets_received, link->retransmitted,
	       link->header_crc_errors + link->payload_crc_errors + link->frame_errors,
	       link->overruns);
}

static void print_recovery(const struct kpu_recovery_statistics *r)
{
	printf("driver     %s%s%s; %u sessions lost, %u came back, %u resets of the board, %u of "
	       "%u "
	       "boots asked for done, %u times given up\n",
	       r->state, *r->reason ? ": " : "", r->reason, r->resyncs, r->session_restarts,
	       r->board_resets, r->boots_done, r->boots_asked, r->deaths);
	if (r->rate_fallbacks)
		printf("           the line's rate was lowered %u times because of errors\n",
		       r->rate_fallbacks);
	if (*r->last_reason)
		printf("           last trouble: %s\n", r->last_reason);
}

static void print_text(const struct report *r)
{
	const struct kpu_device_info *info = &r->info;

	printf("device     %s%s%s (%s)\n", bold(), info->uri, plain(), info->transport);
	printf("board      %s, firmware %u.%u.%u, boot %016llx\n", info->board,
	       info->firmware >> 16, info->firmware >> 8 & 255, info->firmware & 255,
	       (unsigned long long)info->boot_id);
	printf("models     kmodel%s%s, up to %u at once, %u runs in flight\n",
	       info->features & KPU_FEATURE_V3 ? " V3" : "",
	       info->features & KPU_FEATURE_V4 ? " V4" : "", info->max_models, info->max_jobs);
	printf("clocks     CPU %u MHz, KPU %u MHz\n", info->cpu_hz / 1000000,
	       info->kpu_hz / 1000000);
	printf("memory     %u KiB for models, %u KiB free (largest piece %u KiB), %u loaded\n",
	       r->memory.total / 1024, r->memory.free / 1024, r->memory.largest_free / 1024,
	       r->memory.models);
	printf("firmware   %u KiB of the board's memory\n", info->firmware_size / 1024);
	if (info->line_rate)
		printf("line       %u bytes/s\n", info->line_rate);
	print_link("host end", &r->host);
	print_link("board end", &r->board);
	if (r->has_recovery)
		print_recovery(&r->recovery);
	if (info->features & KPU_FEATURE_PINS_RECORD)
		printf("SPI pins   as the flash says: `kpuctl flash pins`\n");
	if (info->features & KPU_FEATURE_PINS_REFUSED)
		printf("warning    the record of the SPI pins in the flash is refused, those of "
		       "the "
		       "firmware are used: `kpuctl flash pins`\n");
	if (info->last_crash_pc)
		printf("warning    the firmware crashed before its last start, at %#x\n",
		       info->last_crash_pc);
}

static struct json_object *link_json(const struct kpu_link_statistics *link)
{
	struct json_object *out = json_object_new_object();

	json_put_number(out, "bytes_sent", link->bytes_sent);
	json_put_number(out, "bytes_received", link->bytes_received);
	json_put_number(out, "packets_sent", link->packets_sent);
	json_put_number(out, "packets_received", link->packets_received);
	json_put_number(out, "retransmitted", link->retransmitted);
	json_put_number(out, "header_crc_errors", link->header_crc_errors);
	json_put_number(out, "payload_crc_errors", link->payload_crc_errors);
	json_put_number(out, "frame_errors", link->frame_errors);
	json_put_number(out, "out_of_order", link->out_of_order);
	json_put_number(out, "duplicates", link->duplicates);
	json_put_number(out, "naks_sent", link->naks_sent);
	json_put_number(out, "naks_received", link->naks_received);
	json_put_number(out, "timeouts", link->timeouts);
	json_put_number(out, "window_stalls", link->window_stalls);
	json_put_number(out, "sessions", link->sessions);
	json_put_number(out, "overruns", link->overruns);
	return out;
}

static struct json_object *recovery_json(const struct kpu_recovery_statistics *r)
{
	struct json_object *out = json_object_new_object();

	json_put_text(out, "state", r->state);
	json_put_text(out, "reason", r->reason);
	json_put_text(out, "last_reason", r->last_reason);
	json_put_number(out, "retransmissions", r->retransmissions);
	json_put_number(out, "resyncs", r->resyncs);
	json_put_number(out, "session_restarts", r->session_restarts);
	json_put_number(out, "board_resets", r->board_resets);
	json_put_number(out, "boots_asked", r->boots_asked);
	json_put_number(out, "boots_done", r->boots_done);
	json_put_number(out, "boots_failed", r->boots_failed);
	json_put_number(out, "deaths", r->deaths);
	json_put_number(out, "rate_fallbacks", r->rate_fallbacks);
	return out;
}

static void print_json(const struct report *r)
{
	struct json_object *out = json_object_new_object();
	const struct kpu_device_info *info = &r->info;
	char version[40];

	snprintf(version, sizeof(version), "%u.%u.%u", info->firmware >> 16,
		 info->firmware >> 8 & 255, info->firmware & 255);
	json_put_text(out, "device", info->uri);
	json_put_text(out, "transport", info->transport);
	json_put_text(out, "board", info->board);
	json_put_text(out, "firmware", version);
	json_put_number(out, "features", info->features);
	json_put_number(out, "cpu_hz", info->cpu_hz);
	json_put_number(out, "kpu_hz", info->kpu_hz);
	json_put_number(out, "boot_id", info->boot_id);
	json_put_number(out, "reset_cause", info->reset_cause);
	json_put_number(out, "last_crash_pc", info->last_crash_pc);
	json_put_number(out, "memory_total", r->memory.total);
	json_put_number(out, "memory_free", r->memory.free);
	json_put_number(out, "memory_largest_free", r->memory.largest_free);
	json_put_number(out, "models", r->memory.models);
	json_put_number(out, "max_models", info->max_models);
	json_put_number(out, "max_jobs", info->max_jobs);
	json_put_number(out, "firmware_bytes", info->firmware_size);
	json_put_number(out, "line_rate", info->line_rate);
	json_object_object_add(out, "host_end", link_json(&r->host));
	json_object_object_add(out, "board_end", link_json(&r->board));
	if (r->has_recovery)
		json_object_object_add(out, "recovery", recovery_json(&r->recovery));
	json_print(out);
}

static int show(struct kpu_device *device, int count, char **arguments, bool json)
{
	struct report r;

	(void)count;
	(void)arguments;
	if (kpu_device_info(device, &r.info) < 0 || kpu_memory(device, &r.memory) < 0 ||
	    kpu_link_statistics(device, &r.host, &r.board) < 0)
		return report_last_error(device);
	r.has_recovery = kpu_recovery_statistics(device, &r.recovery) == 0;
	if (json)
		print_json(&r);
	else
		print_text(&r);
	return EXIT_OK;
}

static int run(const struct command *command, int argc, char **argv)
{
	return run_with_device(command, argc, argv, show);
}

const struct command command_info = {
	.name = "info",
	.arguments = "",
	.summary = "show board, firmware, memory and the state of the line",
	.example = "kpuctl info",
	.options = json_option,
	.run = run,
};
