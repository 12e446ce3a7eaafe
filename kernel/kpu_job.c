// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/* Jobs: one run of a model, from submission to its end. Order and limits: kpu_scheduler.c. */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "kpu_internal.h"

#define KPU_JOB_TIMEOUT_MS_DEFAULT 10000u
/* Element sizes that a newer program may use. */
#define KPU_TAP_SIZE_MAX 256u

/* What a program asks for goes to the board as it is. */
static_assert(KPU_JOB_TAPS_MAX == KPU_TAPS_MAX && KPU_JOB_ALL_LAYERS == KPU_RUN_ALL_LAYERS);
static_assert((int)KPU_TAP_KIND_OUTPUT == (int)KPU_TAP_OUTPUT &&
	      (int)KPU_TAP_KIND_LAYER == (int)KPU_TAP_LAYER &&
	      (int)KPU_TAP_KIND_PROFILE == (int)KPU_TAP_PROFILE);

static int kpu_job_read_tap(struct kpu_tap *out, const void __user *address, u32 size, u32 *total)
{
	struct kpu_ioctl_tap tap;
	int error;

	error = copy_struct_from_user(&tap, sizeof(tap), address, size);
	if (error)
		return error;
	if (tap.kind < KPU_TAP_KIND_OUTPUT || tap.kind > KPU_TAP_KIND_PROFILE || tap.reserved ||
	    tap.index > U16_MAX || !tap.limit || tap.limit % 4 ||
	    tap.limit > KPU_BUFFER_SIZE_MAX - *total)
		return -EINVAL;
	out->kind = tap.kind;
	out->index = tap.index;
	out->limit = tap.limit;
	*total += tap.limit;
	return 0;
}

static int kpu_job_read_taps(struct kpu_job *job, const struct kpu_ioctl_job_submit *request)
{
	const char __user *address = u64_to_user_ptr(request->taps);
	u32 i;
	int error;

	if (!request->tap_count || request->tap_count > KPU_JOB_TAPS_MAX ||
	    request->tap_size < sizeof(struct kpu_ioctl_tap) ||
	    request->tap_size > KPU_TAP_SIZE_MAX)
		return -EINVAL;
	for (i = 0; i < request->tap_count; i++) {
		error = kpu_job_read_tap(&job->arguments.taps[i],
					 address + (size_t)i * request->tap_size, request->tap_size,
					 &job->output_bytes);
		if (error)
			return error;
	}
	job->arguments.tap_count = request->tap_count;
	return job->output_bytes > request->output_size ? -EINVAL : 0;
}

static int kpu_job_take_buffers(struct kpu_client *client, struct kpu_job *job,
				const struct kpu_ioctl_job_submit *request)
{
	struct kpu_buffer *buffer;

	if (!request->input_size || request->output_offset % 4)
		return -EINVAL;
	buffer = kpu_buffer_get(client, request->input_buffer, request->input_offset,
				request->input_size);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	job->input = buffer;
	buffer = kpu_buffer_get(client, request->output_buffer, request->output_offset,
				request->output_size);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	job->output = buffer;
	return 0;
}

static void kpu_job_let_buffers_go(struct kpu_job *job)
{
	if (job->input)
		kpu_buffer_put(job->input);
	if (job->output)
		kpu_buffer_put(job->output);
	job->input = NULL;
	job->output = NULL;
}

static void kpu_job_free(struct kpu_job *job)
{
	kpu_job_let_buffers_go(job);
	kfree(job);
}

static struct kpu_job *kpu_job_new(struct kpu_client *client,
				   const struct kpu_ioctl_job_submit *request)
{
	struct kpu_job *job;
	int error;

	job = kzalloc(sizeof(*job), GFP_KERNEL_ACCOUNT);
	if (!job)
		return ERR_PTR(-ENOMEM);
	job->user_data = request->user_data;
	INIT_LIST_HEAD(&job->queue_link);
	error = kpu_job_read_taps(job, request);
	if (!error)
		error = kpu_job_take_buffers(client, job, request);
	if (error) {
		kpu_job_free(job);
		return ERR_PTR(error);
	}
	return job;
}

static void kpu_job_prepare(struct kpu_job *job, const struct kpu_ioctl_job_submit *request)
{
	u32 timeout_ms = request->timeout_ms ? request->timeout_ms : KPU_JOB_TIMEOUT_MS_DEFAULT;
	struct kpu_transaction *run = &job->transaction;

	job->deadline = kpu_now_us() + (u64)timeout_ms * USEC_PER_MSEC;
	job->arguments.model = job->model->result.model;
	job->arguments.stop_layer = request->stop_layer;
	job->arguments.timeout_ms = timeout_ms;
	run->opcode = KPU_OP_RUN;
	run->argument_length = kpu_encode_run_arguments(run->arguments, &job->arguments);
	run->bulk_out = job->input->address + request->input_offset;
	run->bulk_out_length = request->input_size;
	run->bulk_in = job->output->address + request->output_offset;
	run->bulk_in_limit = job->output_bytes;
	run->repeatable = true;
	run->owner = job;
}

/* Locked. */
static int kpu_job_admit(struct kpu_client *client, struct kpu_job *job,
			 struct kpu_ioctl_job_submit *request)
{
	struct kpu_device *device = client->device;
	struct kpu_model *model;
	int error;

	error = kpu_device_usable(device);
	if (error)
		return error;
	model = kpu_model_find(client, request->model);
	if (!model)
		return -ENOENT;
	if (kpu_model_lost(model))
		return -ESTALE;
	if (request->input_size != model->result.input_bytes)
		return -EINVAL;
	if (client->job_count >= KPU_JOBS_MAX)
		return -EAGAIN;
	job->model = model;
	model->references++;
	model->jobs++;
	job->client = client;
	job->number = ++client->last_job;
	job->queued_ns = ktime_get_ns();
	client->job_count++;
	list_add_tail(&job->client_link, &client->unfinished);
	kpu_job_prepare(job, request);
	device->counters.jobs_submitted++;
	kpu_scheduler_enqueue(job);
	request->job = job->number;
	return 0;
}

int kpu_job_submit(struct kpu_client *client, void *argument)
{
	struct kpu_ioctl_job_submit *request = argument;
	struct kpu_device *device = client->device;
	struct kpu_job *job;
	int error;

	if (request->flags)
		return -EINVAL;
	job = kpu_job_new(client, request);
	if (IS_ERR(job))
		return PTR_ERR(job);
	mutex_lock(&device->lock);
	error = kpu_job_admit(client, job, request);
	mutex_unlock(&device->lock);
	if (error) {
		kpu_job_free(job);
		return error;
	}
	kpu_engine_kick(device);
	return 0;
}

static void kpu_job_count_end(struct kpu_device *device, u16 status)
{
	if (status == KPU_STATUS_OK)
		device->counters.jobs_completed++;
	else if (status == KPU_STATUS_CANCELLED)
		device->counters.jobs_cancelled++;
	else
		device->counters.jobs_failed++;
}

void kpu_job_finish(struct kpu_job *job, u16 status)
{
	struct kpu_client *client = job->client;

	job->state = KPU_JOB_FINISHED;
	job->status = status;
	job->finished_ns = ktime_get_ns();
	WRITE_ONCE(job->model->jobs, job->model->jobs - 1);
	kpu_job_count_end(job->model->device, status);
	/* Also when the board is still at it: the file may need their room. */
	kpu_job_let_buffers_go(job);
	if (!client)
		return;
	list_move_tail(&job->client_link, &client->finished);
	WRITE_ONCE(client->finished_count, client->finished_count + 1);
	WRITE_ONCE(client->changes, client->changes + 1);
	wake_up_all(&client->wait);
}

void kpu_job_drop_if_done(struct kpu_job *job)
{
	if (job->client || job->state != KPU_JOB_FINISHED || job->on_board)
		return;
	kpu_model_put(job->model);
	kpu_job_free(job);
}

static struct kpu_job *kpu_job_find_in(struct list_head *list, u64 number)
{
	struct kpu_job *job;

	list_for_each_entry(job, list, client_link) {
		if (job->number == number)
			return job;
	}
	return NULL;
}

struct kpu_job *kpu_job_find(struct kpu_client *client, u64 number)
{
	struct kpu_job *job = kpu_job_find_in(&client->unfinished, number);

	return job ? job : kpu_job_find_in(&client->finished, number);
}

int kpu_job_cancel(struct kpu_client *client, void *argument)
{
	struct kpu_ioctl_job_cancel *request = argument;
	struct kpu_device *device = client->device;
	struct kpu_job *job = NULL;
	int error = 0;

	mutex_lock(&device->lock);
	if (device->gone)
		error = -ENODEV;
	else
		job = kpu_job_find(client, request->job);
	if (!error && !job)
		error = -ENOENT;
	else if (job && job->state != KPU_JOB_FINISHED)
		kpu_scheduler_end(job, KPU_STATUS_CANCELLED);
	mutex_unlock(&device->lock);
	return error;
}

void kpu_job_release_all(struct kpu_client *client)
{
	struct kpu_job *job, *next;

	list_for_each_entry_safe(job, next, &client->unfinished, client_link)
		kpu_scheduler_end(job, KPU_STATUS_CANCELLED);
	list_for_each_entry_safe(job, next, &client->finished, client_link) {
		list_del(&job->client_link);
		job->client = NULL;
		kpu_job_drop_if_done(job);
	}
}
