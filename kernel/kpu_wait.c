// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/* Waiting for a job and taking its result. */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>

#include "kpu_internal.h"

#define KPU_TAP_RESULT_SIZE_MAX 256u

/* The one asked for if it has finished; NULL: not yet. Locked. */
static struct kpu_job *kpu_wait_pick(struct kpu_client *client, u64 number)
{
	struct kpu_job *job;

	if (client->device->gone)
		return ERR_PTR(-ENODEV);
	if (!number) {
		if (!client->job_count)
			return ERR_PTR(-ENOENT);
		return list_first_entry_or_null(&client->finished, struct kpu_job, client_link);
	}
	job = kpu_job_find(client, number);
	if (!job)
		return ERR_PTR(-ENOENT);
	return job->state == KPU_JOB_FINISHED ? job : NULL;
}

/* From here on the job is the caller's alone. Locked. */
static void kpu_wait_take(struct kpu_client *client, struct kpu_job *job)
{
	list_del(&job->client_link);
	WRITE_ONCE(client->finished_count, client->finished_count - 1);
	client->job_count--;
	/* Others may wait for the last job, which they will not get. */
	WRITE_ONCE(client->changes, client->changes + 1);
	wake_up_all(&client->wait);
}

static int kpu_wait_sleep(struct kpu_client *client, unsigned int changes, s64 timeout_ns,
			  ktime_t end)
{
	bool changed;
	s64 left;
	int error;

	if (timeout_ns < 0) {
		/* Bounded by the time-outs of the jobs. */
		error = wait_event_freezable(client->wait, READ_ONCE(client->changes) != changes ||
								   READ_ONCE(client->device->gone));
		return error ? -ERESTARTNOHAND : 0;
	}
	left = ktime_to_ns(ktime_sub(end, ktime_get()));
	if (left <= 0)
		return -ETIMEDOUT;
	error = __wait_event_hrtimeout(client->wait,
				       READ_ONCE(client->changes) != changes ||
					       READ_ONCE(client->device->gone),
				       ns_to_ktime(left), (TASK_INTERRUPTIBLE | TASK_FREEZABLE));
	changed = READ_ONCE(client->changes) != changes || READ_ONCE(client->device->gone);
	if (error == -ETIME)
		return changed ? 0 : -ETIMEDOUT;
	return error ? -ERESTARTNOHAND : 0;
}

static struct kpu_job *kpu_wait_for(struct kpu_client *client, u64 number, s64 timeout_ns)
{
	ktime_t end = ktime_add_safe(ktime_get(), ns_to_ktime(timeout_ns));
	struct kpu_device *device = client->device;
	struct kpu_job *job;
	unsigned int changes;
	int error;

	for (;;) {
		mutex_lock(&device->lock);
		changes = client->changes;
		job = kpu_wait_pick(client, number);
		if (!IS_ERR_OR_NULL(job))
			kpu_wait_take(client, job);
		mutex_unlock(&device->lock);
		if (job)
			return job;
		error = kpu_wait_sleep(client, changes, timeout_ns, end);
		if (error)
			return ERR_PTR(error);
	}
}

static int kpu_wait_write_taps(const struct kpu_job *job, struct kpu_ioctl_job_wait *request)
{
	char __user *address = u64_to_user_ptr(request->tap_results);
	u32 count = min_t(u32, request->tap_count, job->result.tap_count);
	u32 i;

	for (i = 0; address && i < count; i++) {
		const struct kpu_tap_result *from = &job->result.taps[i];
		struct kpu_ioctl_tap_result tap = {
			.length = from->length,
			.data_type = from->data_type,
			.width = from->width,
			.height = from->height,
			.channels = from->channels,
		};
		char __user *element = address + (size_t)i * request->tap_size;
		size_t size = min_t(size_t, sizeof(tap), request->tap_size);

		if (copy_to_user(element, &tap, size) ||
		    clear_user(element + size, request->tap_size - size))
			return -EFAULT;
	}
	return 0;
}

static void kpu_wait_describe(const struct kpu_job *job, struct kpu_ioctl_job_wait *request)
{
	request->job = job->number;
	request->user_data = job->user_data;
	request->status = job->status;
	request->layers_run = job->result.layers_run;
	request->problem_layer = job->result.problem_layer;
	request->tap_count = job->arguments.tap_count;
	request->cycles = job->result.cycles;
	request->kpu_cycles = job->result.kpu_cycles;
	request->queued_ns = job->queued_ns;
	request->started_ns = job->started_ns;
	request->sent_ns = job->sent_ns;
	request->finished_ns = job->finished_ns;
}

int kpu_job_wait(struct kpu_client *client, void *argument)
{
	struct kpu_ioctl_job_wait *request = argument;
	struct kpu_device *device = client->device;
	struct kpu_job *job;
	int error;

	if (request->reserved ||
	    (request->tap_results && (request->tap_size < sizeof(struct kpu_ioctl_tap_result) ||
				      request->tap_size > KPU_TAP_RESULT_SIZE_MAX)))
		return -EINVAL;
	job = kpu_wait_for(client, request->job, request->timeout_ns);
	if (IS_ERR(job))
		return PTR_ERR(job);
	error = kpu_wait_write_taps(job, request);
	kpu_wait_describe(job, request);
	mutex_lock(&device->lock);
	job->client = NULL;
	kpu_job_drop_if_done(job);
	mutex_unlock(&device->lock);
	return error;
}
