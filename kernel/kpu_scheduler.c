// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Which job goes to the board next. Clients with queued jobs stand in a circle and hand over one
 * job each turn. A job whose model does not fit beside what is on the board makes all wait for it,
 * so nobody starves. All functions need the device's lock.
 *
 * Ending a job early (cancel, time-out, close) ends it for the user at once: its transaction is
 * abandoned, nothing is written to its output any more. The board may still work on it, so the job
 * keeps its slot until the board has answered the CANCEL that follows.
 */
#include <linux/ktime.h>

#include "kpu_internal.h"
#include "link/bytes.h"

/* Until a run is offered again that the board had no place for. */
#define KPU_BUSY_PAUSE_US (10 * USEC_PER_MSEC)
/* The board looks at requests between layers; the slowest layer on an emulated board fits in. */
#define KPU_CANCEL_TIMEOUT_US (5 * USEC_PER_SEC)

void kpu_scheduler_enqueue(struct kpu_job *job)
{
	struct kpu_client *client = job->client;
	struct kpu_device *device = client->device;

	job->state = KPU_JOB_QUEUED;
	if (list_empty(&client->queue))
		list_add_tail(&client->turn, &device->turns);
	list_add_tail(&job->queue_link, &client->queue);
	device->job_deadline = min(device->job_deadline, job->deadline);
}

static void kpu_scheduler_unqueue(struct kpu_job *job)
{
	struct kpu_client *client = job->client;

	list_del_init(&job->queue_link);
	if (list_empty(&client->queue))
		list_del_init(&client->turn);
}

static void kpu_scheduler_free_slot(struct kpu_job *job)
{
	struct kpu_device *device = job->model->device;

	job->on_board = false;
	list_del_init(&job->queue_link);
	WRITE_ONCE(device->runs_on_board, device->runs_on_board - 1);
	wake_up_all(&device->ended);
	kpu_job_drop_if_done(job);
	kpu_engine_kick(device);
}

/* What the board says of a run is used only if it fits what was asked for. */
static u16 kpu_scheduler_check_result(struct kpu_job *job)
{
	struct kpu_transaction *run = &job->transaction;
	struct kpu_run_result *result = &job->result;
	u16 status = kpu_status_known(run->status);
	bool decoded;
	u32 i;

	decoded = kpu_decode_run_result(run->results, run->result_length, result);
	if (!decoded || status != KPU_STATUS_OK) {
		if (!decoded)
			memset(result, 0, sizeof(*result));
		result->tap_count = 0;
		if (!decoded)
			result->problem_layer = ~0u;
		return status == KPU_STATUS_OK ? KPU_STATUS_PROTOCOL : status;
	}
	if (result->tap_count != job->arguments.tap_count ||
	    run->bulk_in_length != job->output_bytes)
		return KPU_STATUS_PROTOCOL;
	for (i = 0; i < result->tap_count; i++) {
		if (result->taps[i].length > job->arguments.taps[i].limit ||
		    result->taps[i].data_type > KPU_DATA_UINT32)
			return KPU_STATUS_PROTOCOL;
	}
	return KPU_STATUS_OK;
}

/*
 * A run that was ended early may keep its place on the board for a moment longer than the answer to
 * its CANCEL says. Nobody else's job fails for that: it waits, first in its queue, until its own
 * time is over.
 */
static void kpu_scheduler_offer_again(struct kpu_job *job)
{
	struct kpu_client *client = job->client;
	struct kpu_device *device = client->device;

	kpu_scheduler_free_slot(job);
	job->state = KPU_JOB_QUEUED;
	job->started_ns = job->sent_ns = 0;
	if (list_empty(&client->queue))
		list_add(&client->turn, &device->turns);
	list_add(&job->queue_link, &client->queue);
	device->busy_until = kpu_now_us() + KPU_BUSY_PAUSE_US;
	device->job_deadline = min(device->job_deadline, device->busy_until);
}

static void kpu_scheduler_run_done(struct kpu_transaction *run)
{
	struct kpu_job *job = run->owner;
	struct kpu_device *device = job->model->device;
	u16 status;

	if (run->status == KPU_STATUS_BUSY && !job->ended_early && !device->gone &&
	    device->state != KPU_DEVICE_STATE_DEAD) {
		kpu_scheduler_offer_again(job);
		return;
	}
	status = kpu_scheduler_check_result(job);
	if (status == KPU_STATUS_PROTOCOL) {
		job->result.tap_count = 0;
		kpu_recovery_protocol_error(device, "bad reply to RUN");
	}
	if (!job->started_ns)
		job->started_ns = ktime_get_ns();
	if (!job->sent_ns)
		job->sent_ns = ktime_get_ns();
	kpu_job_finish(job, status);
	if (!job->ended_early)
		kpu_scheduler_free_slot(job);
}

static void kpu_scheduler_cancel_done(struct kpu_transaction *cancel)
{
	struct kpu_job *job = cancel->owner;
	struct kpu_device *device = job->model->device;
	bool stuck = cancel->status == KPU_STATUS_TIMEOUT;

	kpu_scheduler_free_slot(job);
	if (stuck)
		kpu_recovery_board_stuck(device, "board does not end a run");
}

static void kpu_scheduler_send_cancel(struct kpu_job *job, u16 id)
{
	struct kpu_transaction *cancel = &job->transaction;
	struct kpu_device *device = job->model->device;

	memset(cancel, 0, sizeof(*cancel));
	cancel->opcode = KPU_OP_CANCEL;
	kpu_put_u16(cancel->arguments, id);
	cancel->argument_length = 2;
	cancel->timeout_us = KPU_CANCEL_TIMEOUT_US;
	cancel->complete = kpu_scheduler_cancel_done;
	cancel->owner = job;
	kpu_host_submit(&device->host, cancel, kpu_now_us());
	kpu_engine_kick(device);
}

void kpu_scheduler_end(struct kpu_job *job, u16 status)
{
	struct kpu_device *device = job->model->device;
	u16 id = job->transaction.id;

	if (job->state == KPU_JOB_QUEUED) {
		kpu_scheduler_unqueue(job);
		job->result.problem_layer = ~0u;
		kpu_job_finish(job, status);
		return;
	}
	job->ended_early = true;
	kpu_host_abandon(&device->host, &job->transaction, status);
	/* The link numbers a request when it first goes out. */
	if (id)
		kpu_scheduler_send_cancel(job, id);
	else
		kpu_scheduler_free_slot(job);
}

/* A model without a staging buffer takes input only while the board is idle. */
static bool kpu_scheduler_fits(const struct kpu_device *device, const struct kpu_job *job)
{
	u32 most =
		min_t(u32, device->info.max_runs_in_flight, job->model->result.max_runs_in_flight);

	return device->runs_on_board < most;
}

static void kpu_scheduler_start(struct kpu_device *device, struct kpu_job *job)
{
	struct kpu_transaction *run = &job->transaction;

	job->state = KPU_JOB_RUNNING;
	job->on_board = true;
	device->runs_on_board++;
	list_add_tail(&job->queue_link, &device->running);
	run->complete = kpu_scheduler_run_done;
	kpu_host_submit(&device->host, run, kpu_now_us());
}

void kpu_scheduler_run(struct kpu_device *device)
{
	struct kpu_client *client;
	struct kpu_job *job;

	if (device->state != KPU_DEVICE_STATE_READY || device->rate_drain_until ||
	    device->suspended || kpu_now_us() < device->busy_until)
		return;
	while (!list_empty(&device->turns)) {
		client = list_first_entry(&device->turns, struct kpu_client, turn);
		job = list_first_entry(&client->queue, struct kpu_job, queue_link);
		if (!kpu_scheduler_fits(device, job))
			return;
		kpu_scheduler_unqueue(job);
		if (!list_empty(&client->queue))
			list_move_tail(&client->turn, &device->turns);
		kpu_scheduler_start(device, job);
	}
}

static u64 kpu_scheduler_expire_client(struct kpu_client *client, u64 now)
{
	struct kpu_job *job, *next;
	u64 deadline = U64_MAX;

	list_for_each_entry_safe(job, next, &client->unfinished, client_link) {
		if (job->deadline <= now)
			kpu_scheduler_end(job, KPU_STATUS_TIMEOUT);
		else
			deadline = min(deadline, job->deadline);
	}
	return deadline;
}

void kpu_scheduler_expire(struct kpu_device *device, u64 now)
{
	struct kpu_client *client;
	u64 deadline;

	if (now < device->job_deadline)
		return;
	deadline = now < device->busy_until ? device->busy_until : U64_MAX;
	list_for_each_entry(client, &device->clients, device_link)
		deadline = min(deadline, kpu_scheduler_expire_client(client, now));
	device->job_deadline = deadline;
}

void kpu_scheduler_postpone(struct kpu_device *device, u64 microseconds)
{
	struct kpu_client *client;
	struct kpu_job *job;

	list_for_each_entry(client, &device->clients, device_link) {
		list_for_each_entry(job, &client->unfinished, client_link)
			job->deadline += microseconds;
	}
	if (device->job_deadline != U64_MAX)
		device->job_deadline += microseconds;
}

void kpu_scheduler_fail_queued(struct kpu_device *device, u16 status)
{
	struct kpu_client *client;
	struct kpu_job *job, *next;

	list_for_each_entry(client, &device->clients, device_link) {
		list_for_each_entry_safe(job, next, &client->queue, queue_link)
			kpu_scheduler_end(job, status);
	}
}

/* The link does not report progress, so its state is looked at after each step. */
void kpu_scheduler_stamp(struct kpu_device *device)
{
	struct kpu_job *job;

	list_for_each_entry(job, &device->running, queue_link) {
		if (job->state != KPU_JOB_RUNNING)
			continue;
		if (!job->started_ns && job->transaction.state >= KPU_TRANSACTION_SENDING)
			job->started_ns = ktime_get_ns();
		if (!job->sent_ns && job->transaction.state >= KPU_TRANSACTION_WAITING)
			job->sent_ns = ktime_get_ns();
	}
}
