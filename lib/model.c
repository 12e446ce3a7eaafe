/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdlib.h>
#include <string.h>

#include "lib/api.h"
#include "lib/flash_turn.h"
#include "lib/object.h"

static struct kpu_model *new_model(struct kpu_device *device, const struct kpu_network *network)
{
	size_t bytes = (network->info.outputs + 1) * sizeof(struct kpu_tensor_info);
	struct kpu_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->shapes = malloc(bytes);
	if (!model->shapes) {
		free(model);
		return NULL;
	}
	memcpy(model->shapes, network->outputs, bytes);
	atomic_init(&model->references, 1);
	pthread_mutex_init(&model->lock, NULL);
	pthread_mutex_init(&model->load_lock, NULL);
	model->device = kpu_device_reference(device);
	model->network = kpu_network_reference(network);
	return model;
}

static void free_model(struct kpu_model *model)
{
	kpu_network_free(model->network);
	kpu_device_unreference(model->device);
	pthread_mutex_destroy(&model->lock);
	pthread_mutex_destroy(&model->load_lock);
	free(model->shapes);
	free(model);
}

struct kpu_model *kpu_model_reference(struct kpu_model *model)
{
	atomic_fetch_add(&model->references, 1);
	return model;
}

void kpu_model_unreference(struct kpu_model *model)
{
	if (atomic_fetch_sub(&model->references, 1) == 1)
		free_model(model);
}

int kpu_model_check_version(struct kpu_device *device, const struct kpu_network *network)
{
	uint32_t version = network->info.version;
	struct kpu_device_info info;
	int rc = kpu_device_info(device, &info);

	if (rc < 0)
		return rc;
	if (!(info.features & (version == 4 ? KPU_FEATURE_V4 : KPU_FEATURE_V3)))
		return kpu_device_fail(device, KPU_ERR_NOT_IMPLEMENT,
				       "the board's firmware does not run kmodel V%u", version);
	return 0;
}

/*
 * What does not fit is refused before a byte is sent. A board that does not tell what it has just
 * now, because it recovers from something, decides itself when it gets the model.
 */
static int check_fit(struct kpu_device *device, const struct kpu_network *network)
{
	struct kpu_memory_plan plan;
	int rc = kpu_memory_plan(device, network, &plan);

	if (rc == -KPU_ERR_TIMEOUT || rc == -KPU_ERR_BOARD_RESET)
		return 0;
	if (rc < 0)
		return rc;
	if (!plan.fits)
		return kpu_device_fail(device, KPU_ERR_NO_MEM, "%s", plan.text);
	return 0;
}

/* Somebody may have written to the flash since; then it would be another model. */
static int check_flash(const struct kpu_model *model, struct kpu_error *error)
{
	const struct kpu_backend_flash_model *flash = &model->flash;
	struct kpu_flash_turn turn = { 0 };
	uint32_t crc32;
	int rc;

	do {
		rc = model->device->backend->ops->flash_check(
			model->device->backend, flash->address, flash->size, &crc32, error);
	} while (kpu_flash_turn_again(&turn, rc, KPU_FLASH_TURN_MS));
	kpu_flash_explain(rc, flash->address, error);
	if (rc < 0 || crc32 == model->network->info.crc32)
		return rc;
	rc = kpu_fail(error, KPU_ERR_KMODEL_VERSION,
		      "the flash does not hold the model any more that was loaded from %#x",
		      flash->address);
	kpu_error_advise(error, "load it again from where it is now");
	return rc;
}

static int load_from_flash(struct kpu_model *model, const struct kpu_load_options *options,
			   uint32_t *handle, struct kpu_error *error)
{
	struct kpu_backend *backend = model->device->backend;
	struct kpu_flash_turn turn = { 0 };
	int rc;

	do {
		rc = backend->ops->load_flash(backend, &model->flash, options, handle, error);
	} while (kpu_flash_turn_again(&turn, rc, KPU_FLASH_TURN_MS));
	return kpu_flash_explain(rc, model->flash.address, error);
}

/* Sends the bytes or says where they are. */
static int load_bytes(struct kpu_model *model, const struct kpu_load_options *options,
		      uint32_t *handle, struct kpu_error *error)
{
	struct kpu_backend *backend = model->device->backend;

	if (model->flash.size)
		return load_from_flash(model, options, handle, error);
	return backend->ops->load(backend, model->network->data, model->network->size, options,
				  handle, error);
}

int kpu_model_make(struct kpu_device *device, const struct kpu_network *network,
		   const struct kpu_backend_flash_model *flash,
		   const struct kpu_load_options *options, struct kpu_model **model)
{
	struct kpu_load_options wanted = options ? *options : (struct kpu_load_options){ NULL };
	struct kpu_model *made = new_model(device, network);
	struct kpu_error error;
	int rc;

	if (!made)
		return kpu_device_fail(device, KPU_ERR_HOST_MEMORY, "no memory for a model");
	if (flash)
		made->flash = *flash;
	if (!wanted.timeout_ms)
		wanted.timeout_ms = atomic_load(&device->timeout_ms);
	rc = load_bytes(made, &wanted, &made->handle, &error);
	if (rc < 0) {
		free_model(made);
		return kpu_device_note(device, rc, &error);
	}
	made->load_timeout_ms = wanted.timeout_ms;
	*model = made;
	return 0;
}

KPU_API int kpu_load_network(struct kpu_device *device, const struct kpu_network *network,
			     const struct kpu_load_options *options, struct kpu_model **model)
{
	int rc;

	if (!device || !network || !model)
		return kpu_device_null(device);
	*model = NULL;
	rc = kpu_model_check_version(device, network);
	if (rc == 0)
		rc = check_fit(device, network);
	return rc < 0 ? rc : kpu_model_make(device, network, NULL, options, model);
}

uint32_t kpu_model_handle(struct kpu_model *model, uint32_t *loads)
{
	uint32_t handle;

	pthread_mutex_lock(&model->load_lock);
	handle = model->handle;
	*loads = model->loads;
	pthread_mutex_unlock(&model->load_lock);
	return handle;
}

bool kpu_model_replaced(struct kpu_model *model, uint32_t loads)
{
	uint32_t now;

	kpu_model_handle(model, &now);
	return now != loads;
}

int kpu_model_load_again(struct kpu_model *model, uint32_t loads, struct kpu_error *error)
{
	struct kpu_load_options options = { .timeout_ms = model->load_timeout_ms };
	struct kpu_backend *backend = model->device->backend;
	uint32_t handle;
	int rc = 0;

	pthread_mutex_lock(&model->load_lock);
	if (model->loads == loads) {
		rc = model->flash.size ? check_flash(model, error) : 0;
		if (rc == 0)
			rc = load_bytes(model, &options, &handle, error);
		if (rc == 0) {
			backend->ops->unload(backend, model->handle);
			model->handle = handle;
			model->loads++;
		}
	}
	pthread_mutex_unlock(&model->load_lock);
	return rc;
}

KPU_API int kpu_load(struct kpu_device *device, const char *path,
		     const struct kpu_load_options *options, struct kpu_model **model)
{
	struct kpu_network *network;
	struct kpu_error error;
	int rc;

	if (!device || !model)
		return kpu_device_null(device);
	*model = NULL;
	rc = kpu_network_open(path, &network, &error);
	if (rc < 0)
		return kpu_device_note(device, rc, &error);
	rc = kpu_load_network(device, network, options, model);
	kpu_network_free(network);
	return rc;
}

KPU_API int kpu_load_memory(struct kpu_device *device, const void *data, size_t size,
			    const struct kpu_load_options *options, struct kpu_model **model)
{
	struct kpu_network *network;
	struct kpu_error error;
	int rc;

	if (!device || !model)
		return kpu_device_null(device);
	*model = NULL;
	rc = kpu_network_parse(data, size, &network, &error);
	if (rc < 0)
		return kpu_device_note(device, rc, &error);
	rc = kpu_load_network(device, network, options, model);
	kpu_network_free(network);
	return rc;
}

KPU_API void kpu_model_free(struct kpu_model *model)
{
	if (!model)
		return;
	model->device->backend->ops->unload(model->device->backend, model->handle);
	kpu_model_unreference(model);
}

KPU_API const struct kpu_network *kpu_model_network(const struct kpu_model *model)
{
	return model ? model->network : NULL;
}

KPU_API int kpu_model_set_output_shape(struct kpu_model *model, uint32_t index, uint32_t width,
				       uint32_t height, uint32_t channels)
{
	struct kpu_tensor_info *shape;

	if (!model)
		return -KPU_ERR_PARAM;
	if (!width || !height || !channels)
		return kpu_device_fail(model->device, KPU_ERR_PARAM, "a shape of %u x %u x %u",
				       width, height, channels);
	if (index >= model->network->info.outputs)
		return kpu_device_fail(model->device, KPU_ERR_IDX_OUTRANGE,
				       "output %u of %u outputs", index,
				       model->network->info.outputs);
	shape = &model->shapes[index];
	if (width > 65536 || height > 65536 || channels > 65536 ||
	    (uint64_t)width * height * channels != shape->elements)
		return kpu_device_fail(model->device, KPU_ERR_SIZE_NOTMATCH,
				       "%u x %u x %u is not the output's %zu elements", width,
				       height, channels, shape->elements);
	pthread_mutex_lock(&model->lock);
	shape->width = width;
	shape->height = height;
	shape->channels = channels;
	pthread_mutex_unlock(&model->lock);
	return 0;
}

void kpu_model_shape(struct kpu_model *model, uint32_t output, struct kpu_tensor_info *info)
{
	pthread_mutex_lock(&model->lock);
	*info = model->shapes[output];
	pthread_mutex_unlock(&model->lock);
}

KPU_API int kpu_input_alloc(struct kpu_model *model, void **memory)
{
	struct kpu_backend *backend;

	if (!model || !memory)
		return kpu_device_null(model ? model->device : NULL);
	backend = model->device->backend;
	*memory = backend->ops->memory_alloc(backend, model->network->info.input_bytes);
	if (!*memory)
		return kpu_device_fail(model->device, KPU_ERR_HOST_MEMORY,
				       "no memory for an input");
	memset(*memory, 0, model->network->info.input_bytes);
	return 0;
}

KPU_API void kpu_input_free(struct kpu_model *model, void *memory)
{
	if (model && memory)
		model->device->backend->ops->memory_free(model->device->backend, memory);
}
