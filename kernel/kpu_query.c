// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/* The tables that programs can read. */
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "kpu_internal.h"

#define KPU_QUERY_TIMEOUT_MS 2000

union kpu_query_table {
	struct kpu_ioctl_device_info device;
	struct kpu_ioctl_memory_info memory;
	struct kpu_ioctl_link_counters link;
	struct kpu_ioctl_driver_counters driver;
};

static size_t kpu_query_size(u32 kind)
{
	switch (kind) {
	case KPU_QUERY_DEVICE:
		return sizeof(struct kpu_ioctl_device_info);
	case KPU_QUERY_MEMORY:
		return sizeof(struct kpu_ioctl_memory_info);
	case KPU_QUERY_HOST_LINK:
	case KPU_QUERY_BOARD_LINK:
		return sizeof(struct kpu_ioctl_link_counters);
	case KPU_QUERY_DRIVER:
		return sizeof(struct kpu_ioctl_driver_counters);
	default:
		return 0;
	}
}

void kpu_query_device(const struct kpu_device *device, struct kpu_ioctl_device_info *out)
{
	const struct kpu_board_info *info = &device->info;

	memset(out, 0, sizeof(*out));
	out->uapi_version = KPU_UAPI_VERSION;
	out->state = device->state;
	out->firmware_version = info->firmware_version;
	out->features = info->features;
	out->cpu_hz = info->cpu_hz;
	out->kpu_hz = info->kpu_hz;
	out->boot_id = info->boot_id;
	out->reset_cause = info->reset_cause;
	out->memory_total = info->memory_total;
	out->firmware_bytes = info->firmware_bytes;
	out->last_crash_pc = info->last_crash_pc;
	out->max_models = info->max_models;
	out->max_runs_in_flight = info->max_runs_in_flight;
	out->line_rate = atomic_read(&device->rate);
	out->clients = device->client_count;
	strscpy(out->transport, device->transport_name, sizeof(out->transport));
	strscpy(out->board, info->name, sizeof(out->board));
	strscpy(out->reason, device->reason, sizeof(out->reason));
}

static void kpu_query_link(const struct kpu_link_counters *from,
			   struct kpu_ioctl_link_counters *out)
{
	out->bytes_sent = from->bytes_sent;
	out->bytes_received = from->bytes_received;
	out->packets_sent = from->packets_sent;
	out->packets_received = from->packets_received;
	out->retransmitted = from->retransmitted;
	out->header_crc_errors = from->header_crc_errors;
	out->payload_crc_errors = from->payload_crc_errors;
	out->frame_errors = from->frame_errors;
	out->out_of_order = from->out_of_order;
	out->duplicates = from->duplicates;
	out->naks_sent = from->naks_sent;
	out->naks_received = from->naks_received;
	out->timeouts = from->timeouts;
	out->window_stalls = from->window_stalls;
	out->syncs = from->syncs;
	out->overruns = from->overruns;
}

void kpu_query_host_link(const struct kpu_device *device, struct kpu_ioctl_link_counters *out)
{
	kpu_query_link(&device->session.counters, out);
	out->bytes_sent = device->totals.bytes_sent;
	out->bytes_received = device->totals.bytes_received;
	out->packets_sent = device->totals.packets_sent;
	out->packets_received = device->totals.packets_received;
}

void kpu_query_driver(const struct kpu_device *device, struct kpu_ioctl_driver_counters *out)
{
	*out = device->counters;
	out->protocol_errors += device->host.protocol_errors;
	out->retransmissions = device->session.counters.retransmitted;
	strscpy(out->last_reason, device->last_reason, sizeof(out->last_reason));
}

static int kpu_query_bad_reply(struct kpu_device *device, const char *what)
{
	mutex_lock(&device->lock);
	kpu_recovery_protocol_error(device, what);
	mutex_unlock(&device->lock);
	return -EPROTO;
}

static int kpu_query_memory(struct kpu_device *device, struct kpu_ioctl_memory_info *out)
{
	struct kpu_memory_info info = {};
	struct kpu_command *command;
	int error;

	error = kpu_command_run(device, KPU_OP_MEMORY, KPU_QUERY_TIMEOUT_MS, &command);
	if (error)
		return error;
	if (!kpu_decode_memory_info(command->transaction.results,
				    command->transaction.result_length, &info))
		error = kpu_query_bad_reply(device, "bad reply to MEMORY");
	kfree(command);
	out->total = info.total;
	out->free = info.free;
	out->largest_free = info.largest_free;
	out->models = info.models;
	return error;
}

static int kpu_query_board_link(struct kpu_device *device, struct kpu_ioctl_link_counters *out)
{
	struct kpu_link_counters counters = {};
	struct kpu_command *command;
	int error;

	error = kpu_command_run(device, KPU_OP_COUNTERS, KPU_QUERY_TIMEOUT_MS, &command);
	if (error)
		return error;
	if (!kpu_decode_counters(command->transaction.results, command->transaction.result_length,
				 &counters))
		error = kpu_query_bad_reply(device, "bad reply to COUNTERS");
	kfree(command);
	kpu_query_link(&counters, out);
	return error;
}

static int kpu_query_fill(struct kpu_device *device, u32 kind, union kpu_query_table *table)
{
	if (kind == KPU_QUERY_MEMORY)
		return kpu_query_memory(device, &table->memory);
	if (kind == KPU_QUERY_BOARD_LINK)
		return kpu_query_board_link(device, &table->link);
	mutex_lock(&device->lock);
	if (kind == KPU_QUERY_DEVICE)
		kpu_query_device(device, &table->device);
	else if (kind == KPU_QUERY_HOST_LINK)
		kpu_query_host_link(device, &table->link);
	else
		kpu_query_driver(device, &table->driver);
	mutex_unlock(&device->lock);
	return 0;
}

int kpu_query(struct kpu_client *client, void *argument)
{
	struct kpu_ioctl_query *request = argument;
	union kpu_query_table table;
	size_t size = kpu_query_size(request->kind);
	size_t room = request->data_size;
	int error;

	if (!size)
		return -EINVAL;
	request->data_size = size;
	if (!room)
		return 0;
	memset(&table, 0, sizeof(table));
	error = kpu_query_fill(client->device, request->kind, &table);
	if (error)
		return error;
	if (copy_to_user(u64_to_user_ptr(request->data), &table, min(room, size)))
		return -EFAULT;
	return 0;
}
