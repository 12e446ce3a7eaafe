// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Models on the board. A handle of the board is never shown to users. A model belongs to one boot
 * of the board; when that has restarted the handle is still there, but only good for unloading.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/slab.h>

#include "kpu_internal.h"
#include "link/bytes.h"
#include "link/crc.h"

#define KPU_LOAD_MARGIN_MS 30000u
#define KPU_LOAD_MOST_MS   (3600u * 1000)
/* Taken for lines of unknown rate: KPU_BOOT_BAUD. */
#define KPU_LOAD_RATE_ASSUMED (KPU_BOOT_BAUD / 10)

bool kpu_model_lost(const struct kpu_model *model)
{
	return model->generation != model->device->generation;
}

static void kpu_model_free_done(struct kpu_transaction *transaction)
{
	struct kpu_model *model = transaction->owner;
	struct kpu_device *device = model->device;

	/* The outcome is unknown: a later RELEASE_ALL makes sure. */
	if (transaction->status == KPU_STATUS_TIMEOUT)
		device->stray_model = true;
	kfree(model);
	kpu_recovery_release_strays(device);
}

static void kpu_model_free_on_board(struct kpu_model *model)
{
	struct kpu_transaction *free = &model->transaction;

	memset(free, 0, sizeof(*free));
	free->opcode = KPU_OP_MODEL_FREE;
	kpu_put_u16(free->arguments, model->result.model);
	free->argument_length = 2;
	free->timeout_us = 10 * USEC_PER_SEC;
	free->complete = kpu_model_free_done;
	free->owner = model;
	kpu_host_submit(&model->device->host, free, kpu_now_us());
	kpu_engine_kick(model->device);
}

void kpu_model_put(struct kpu_model *model)
{
	struct kpu_device *device = model->device;

	if (--model->references)
		return;
	if (model->on_board && !kpu_model_lost(model)) {
		device->models_on_board--;
		if (!device->gone) {
			kpu_model_free_on_board(model);
			return;
		}
	}
	kfree(model);
	kpu_recovery_release_strays(device);
}

static void kpu_model_load_result(struct kpu_model *model)
{
	struct kpu_transaction *load = &model->transaction;
	struct kpu_load_result *result = &model->result;

	model->status = kpu_status_known(load->status);
	memset(result, 0, sizeof(*result));
	result->problem_layer = ~0u;
	if (kpu_decode_load_result(load->results, load->result_length, result)) {
		if (model->status == KPU_STATUS_OK && (!result->model || !result->input_bytes))
			model->status = KPU_STATUS_PROTOCOL;
	} else if (model->status == KPU_STATUS_OK) {
		model->status = KPU_STATUS_PROTOCOL;
	}
	if (model->status == KPU_STATUS_PROTOCOL)
		kpu_recovery_protocol_error(model->device, "bad reply to MODEL_LOAD");
	result->max_runs_in_flight =
		clamp_t(u16, result->max_runs_in_flight, 1, KPU_WIRE_BULK_REQUESTS_MAX);
}

static void kpu_model_let_buffer_go(struct kpu_model *model)
{
	if (model->buffer)
		kpu_buffer_put(model->buffer);
	model->buffer = NULL;
}

static void kpu_model_load_done(struct kpu_transaction *load)
{
	struct kpu_model *model = load->owner;
	struct kpu_device *device = model->device;

	kpu_model_load_result(model);
	kpu_model_let_buffer_go(model);
	device->loads--;
	list_del(&model->load_link);
	if (model->loading_client)
		model->loading_client->loads--;
	if (model->status == KPU_STATUS_OK) {
		/* A load may have been submitted before the first session, or waited in a reset. */
		model->generation = device->generation;
		model->on_board = true;
		device->models_on_board++;
		device->counters.models_loaded++;
	} else if (model->status == KPU_STATUS_TIMEOUT || model->status == KPU_STATUS_RESULT_LOST ||
		   model->status == KPU_STATUS_PROTOCOL) {
		device->stray_model = true;
	}
	/* The result first: who waits reads it without the lock. */
	smp_store_release(&model->loaded, true);
	wake_up_all(&device->ended);
	kpu_model_put(model);
}

/* For all that the line has to carry until the load is through. Locked. */
static unsigned int kpu_model_default_timeout(struct kpu_device *device,
					      const struct kpu_transaction *load)
{
	u32 rate = atomic_read(&device->rate);
	u64 bytes;

	/* The board's own limits: its answer is to come to somebody. */
	if (load->opcode == KPU_OP_MODEL_LOAD_FLASH)
		return KPU_FLASH_PATIENCE_MS + KPU_LOAD_FLASH_MS + KPU_LOAD_MARGIN_MS;
	bytes = kpu_host_bulk_left(&device->host) + load->bulk_out_length;
	/* Beside it there may be jobs of others, and bridges are slower than they are set to. */
	return min_t(u64,
		     KPU_LOAD_MARGIN_MS +
			     div_u64(5000ull * bytes, rate ? rate : KPU_LOAD_RATE_ASSUMED),
		     KPU_LOAD_MOST_MS);
}

/* Locked. */
static void kpu_model_set_timeout(struct kpu_device *device, struct kpu_transaction *load,
				  unsigned int *timeout_ms)
{
	unsigned int most = kpu_model_default_timeout(device, load);

	*timeout_ms = *timeout_ms ? min(*timeout_ms, KPU_LOAD_MOST_MS) : most;
	load->timeout_us =
		min_t(u64, ((u64)max(most, *timeout_ms) + KPU_LOAD_MARGIN_MS) * 1000, U32_MAX);
}

/* Locked. */
static bool kpu_model_may_load(const struct kpu_client *client)
{
	const struct kpu_device *device = client->device;
	const struct kpu_model *model;
	unsigned int of_user = 0;

	list_for_each_entry(model, &device->loading, load_link)
		of_user += uid_eq(model->user, client->user);
	return client->loads < KPU_LOADS_PER_CLIENT && of_user < KPU_LOADS_PER_USER &&
	       device->loads < KPU_LOADS_PER_DEVICE;
}

/* The transaction holds the command already. A @timeout_ms of 0 becomes what it may take. */
static int kpu_model_submit(struct kpu_client *client, struct kpu_model *model,
			    unsigned int *timeout_ms)
{
	struct kpu_transaction *load = &model->transaction;
	struct kpu_device *device = client->device;
	int error;

	load->complete = kpu_model_load_done;
	load->owner = model;

	mutex_lock(&device->lock);
	error = kpu_device_usable(device);
	if (error) {
		model->status = device->gone ? KPU_STATUS_DEVICE_GONE : device->dead_status;
	} else if (!kpu_model_may_load(client)) {
		model->status = KPU_STATUS_BUSY;
		error = -EBUSY;
	} else {
		client->loads++;
		device->loads++;
		model->loading_client = client;
		model->user = client->user;
		list_add_tail(&model->load_link, &device->loading);
		model->references++;
		model->generation = device->generation;
		kpu_model_set_timeout(device, load, timeout_ms);
		kpu_host_submit(&device->host, load, kpu_now_us());
	}
	mutex_unlock(&device->lock);
	if (error) {
		kpu_model_let_buffer_go(model);
		return error;
	}
	kpu_engine_kick(device);
	return 0;
}

/*
 * The caller does not wait any longer. What has been sent completely may still be accepted by the
 * board: it is waited for in the background, and freed by the last reference.
 */
static int kpu_model_give_up(struct kpu_model *model, int error)
{
	struct kpu_transaction *load = &model->transaction;
	struct kpu_device *device = model->device;

	mutex_lock(&device->lock);
	if (model->loaded) {
		error = 0;
	} else if (load->state < KPU_TRANSACTION_WAITING && (load->bulk_out_length || !load->id)) {
		/* Queued again by a restart of the session: the board may have all of it. */
		if (load->state == KPU_TRANSACTION_QUEUED && load->id)
			device->stray_model = true;
		kpu_host_abandon(&device->host, load, KPU_STATUS_CANCELLED);
	}
	mutex_unlock(&device->lock);
	if (error == -ETIMEDOUT)
		kpu_engine_kick(device);
	return error;
}

static void kpu_model_describe(const struct kpu_model *model, struct kpu_ioctl_model_load *request)
{
	const struct kpu_load_result *result = &model->result;

	request->status = model->status;
	request->problem_layer = result->problem_layer;
	request->version = result->version;
	request->layers = result->layers;
	request->inputs = result->inputs;
	request->outputs = result->outputs;
	request->input_bytes = result->input_bytes;
	request->work_bytes = result->work_bytes;
	kpu_sanitise(request->problem, sizeof(request->problem), result->problem,
		     sizeof(result->problem));
}

/* The handle takes a reference of its own. */
static int kpu_model_publish(struct kpu_client *client, struct kpu_model *model, u32 *handle)
{
	struct kpu_device *device = client->device;
	int error;

	mutex_lock(&device->lock);
	error = xa_alloc(&client->models, handle, model, xa_limit_31b, GFP_KERNEL_ACCOUNT);
	if (!error)
		model->references++;
	mutex_unlock(&device->lock);
	return error;
}

/* Sets @status in any case. */
static int kpu_model_load_and_wait(struct kpu_client *client, struct kpu_model *model,
				   unsigned int timeout_ms)
{
	long left;
	int error;

	error = kpu_model_submit(client, model, &timeout_ms);
	if (error)
		return error;
	/* Only killable: starting over after a signal would send megabytes again. */
	left = kpu_sleep_until(client->device->ended, smp_load_acquire(&model->loaded),
			       msecs_to_jiffies(timeout_ms), TASK_KILLABLE);
	return left > 0 ? 0 : kpu_model_give_up(model, left < 0 ? -EINTR : -ETIMEDOUT);
}

static struct kpu_model *kpu_model_new(struct kpu_device *device)
{
	struct kpu_model *model;

	model = kzalloc(sizeof(*model), GFP_KERNEL_ACCOUNT);
	if (!model)
		return NULL;
	model->references = 1;
	model->device = device;
	return model;
}

static void kpu_model_put_unlocked(struct kpu_model *model)
{
	struct kpu_device *device = model->device;

	mutex_lock(&device->lock);
	kpu_model_put(model);
	mutex_unlock(&device->lock);
}

/* What the caller is told, and the handle if all went well. */
static int kpu_model_conclude(struct kpu_client *client, struct kpu_model *model, int error,
			      struct kpu_ioctl_model_load *request)
{
	if (error) {
		/* Given up: the load itself may still be under way. */
		if (error == -EINTR || error == -ETIMEDOUT)
			request->status =
				error == -EINTR ? KPU_STATUS_CANCELLED : KPU_STATUS_TIMEOUT;
		else
			request->status = model->status;
		return error;
	}
	kpu_model_describe(model, request);
	if (model->status != KPU_STATUS_OK)
		return kpu_status_errno(model->status);
	return kpu_model_publish(client, model, &request->model);
}

static void kpu_model_prepare_results(struct kpu_ioctl_model_load *request)
{
	request->model = 0;
	request->status = KPU_STATUS_OK;
	request->problem_layer = ~0u;
	memset(request->problem, 0, sizeof(request->problem));
}

int kpu_model_load(struct kpu_client *client, void *argument)
{
	struct kpu_ioctl_model_load *request = argument;
	struct kpu_load_arguments arguments = {};
	struct kpu_transaction *load;
	struct kpu_model *model;
	int error;

	kpu_model_prepare_results(request);
	if (request->flags || !request->size)
		return -EINVAL;
	model = kpu_model_new(client->device);
	if (!model)
		return -ENOMEM;
	model->buffer = kpu_buffer_get(client, request->buffer, request->offset, request->size);
	if (IS_ERR(model->buffer)) {
		error = PTR_ERR(model->buffer);
		kfree(model);
		return error;
	}
	load = &model->transaction;
	load->opcode = KPU_OP_MODEL_LOAD;
	load->bulk_out = model->buffer->address + request->offset;
	load->bulk_out_length = request->size;
	arguments.size = request->size;
	arguments.crc32 = kpu_crc32(0, load->bulk_out, request->size);
	load->argument_length = kpu_encode_load_arguments(load->arguments, &arguments);
	error = kpu_model_load_and_wait(client, model, request->timeout_ms);
	error = kpu_model_conclude(client, model, error, request);
	kpu_model_put_unlocked(model);
	return error;
}

static void kpu_model_copy_results(const struct kpu_ioctl_model_load *from,
				   struct kpu_ioctl_model_load_flash *to)
{
	to->model = from->model;
	to->status = from->status;
	to->problem_layer = from->problem_layer;
	to->version = from->version;
	to->layers = from->layers;
	to->inputs = from->inputs;
	to->outputs = from->outputs;
	to->input_bytes = from->input_bytes;
	to->work_bytes = from->work_bytes;
	memcpy(to->problem, from->problem, sizeof(to->problem));
}

int kpu_model_load_flash(struct kpu_client *client, void *argument)
{
	struct kpu_ioctl_model_load_flash *request = argument;
	const struct kpu_load_flash_arguments arguments = {
		.address = request->address,
		.size = request->size,
		.flags = (request->flags & KPU_MODEL_FLASH_STREAM ? KPU_LOAD_FLASH_STREAM : 0) |
			 (request->flags & KPU_MODEL_FLASH_DUAL_BUFFER ? KPU_LOAD_FLASH_DUAL_BUFFER
								       : 0),
		.batch_bytes = request->batch_bytes,
		.clock_hz = request->clock_hz,
	};
	struct kpu_ioctl_model_load results = {};
	struct kpu_model *model;
	int error = -EINVAL;

	kpu_model_prepare_results(&results);
	if (!request->reserved &&
	    !(request->flags & ~(KPU_MODEL_FLASH_STREAM | KPU_MODEL_FLASH_DUAL_BUFFER))) {
		model = kpu_model_new(client->device);
		if (!model)
			return -ENOMEM;
		model->transaction.opcode = KPU_OP_MODEL_LOAD_FLASH;
		model->transaction.argument_length =
			kpu_encode_load_flash_arguments(model->transaction.arguments, &arguments);
		error = kpu_model_load_and_wait(client, model, request->timeout_ms);
		error = kpu_model_conclude(client, model, error, &results);
		kpu_model_put_unlocked(model);
	}
	kpu_model_copy_results(&results, request);
	return error;
}

struct kpu_model *kpu_model_find(struct kpu_client *client, u32 handle)
{
	struct kpu_model *model = xa_load(&client->models, handle);

	return model && !model->closing ? model : NULL;
}

static void kpu_model_end_unload(struct kpu_client *client, struct kpu_model *model, u32 handle,
				 bool done)
{
	mutex_lock(&client->device->lock);
	model->closing = false;
	if (done) {
		xa_erase(&client->models, handle);
		kpu_model_put(model);
	}
	kpu_model_put(model);
	mutex_unlock(&client->device->lock);
}

int kpu_model_unload(struct kpu_client *client, void *argument)
{
	struct kpu_ioctl_model_unload *request = argument;
	struct kpu_device *device = client->device;
	struct kpu_model *model;
	int error = 0;

	if (request->reserved)
		return -EINVAL;
	mutex_lock(&device->lock);
	if (device->gone)
		error = -ENODEV;
	model = error ? NULL : kpu_model_find(client, request->model);
	if (model) {
		model->closing = true;
		model->references++;
	}
	mutex_unlock(&device->lock);
	if (!model)
		return error ? error : -ENOENT;
	/* Bounded: each job has a time-out. */
	error = wait_event_freezable(client->wait, !READ_ONCE(model->jobs));
	kpu_model_end_unload(client, model, request->model, !error);
	return error ? -ERESTARTNOHAND : 0;
}

void kpu_model_release_all(struct kpu_client *client)
{
	struct kpu_model *model;
	unsigned long handle;

	list_for_each_entry(model, &client->device->loading, load_link) {
		if (model->loading_client == client)
			model->loading_client = NULL;
	}
	xa_for_each(&client->models, handle, model)
		kpu_model_put(model);
	xa_destroy(&client->models);
}
