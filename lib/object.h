/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* The objects behind the public interface and what they share. */
#ifndef KPU_LIB_OBJECT_H
#define KPU_LIB_OBJECT_H

#include <pthread.h>
#include <stdatomic.h>

#include "lib/backend.h"
#include "lib/error.h"
#include "lib/network.h"

/*
 * Models, jobs, results and input memory each hold a reference, so that they may be freed in any
 * order; kpu_close() shuts the backend down at once and gives up its own reference.
 */
struct kpu_device {
	atomic_uint references;
	struct kpu_backend *backend;
	char uri[512];
	atomic_uint timeout_ms; /* of loads and runs that name none */
	pthread_mutex_t lock;   /* of last_error */
	struct kpu_error last_error;
};

struct kpu_device *kpu_device_reference(struct kpu_device *device);
void kpu_device_unreference(struct kpu_device *device);
/* Keeps the error for kpu_last_error() if @rc is negative; returns @rc. */
int kpu_device_note(struct kpu_device *device, int rc, const struct kpu_error *error);
/* kpu_fail() into the device's last error. */
int kpu_device_fail(struct kpu_device *device, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * For a call on @device, which may be NULL, that an argument is missing of: -KPU_ERR_PARAM, with a
 * sentence if there is a place for it.
 */
int kpu_device_null(struct kpu_device *device);

struct kpu_model {
	struct kpu_device *device;
	struct kpu_network *network;
	pthread_mutex_t load_lock; /* of the following three; held while it is loaded again */
	uint32_t handle;           /* of the backend */
	uint32_t loads;            /* how often it has been loaded */
	uint32_t load_timeout_ms;  /* as the owner wished, 0 = the backend's choice */
	struct kpu_backend_flash_model flash; /* size 0: it does not come from the flash */
	atomic_uint references;               /* the owner's and one for each job */
	pthread_mutex_t lock;                 /* of shapes */
	struct kpu_tensor_info *shapes;       /* of the outputs */
};

/*
 * A model of @network, which has been found good; its bytes come from the host, or from the board's
 * flash at *@flash. Whether it fits has been checked.
 */
int kpu_model_make(struct kpu_device *device, const struct kpu_network *network,
		   const struct kpu_backend_flash_model *flash,
		   const struct kpu_load_options *options, struct kpu_model **model);
/* The board's firmware runs networks of this version. */
int kpu_model_check_version(struct kpu_device *device, const struct kpu_network *network);
struct kpu_model *kpu_model_reference(struct kpu_model *model);
void kpu_model_unreference(struct kpu_model *model);
/* Handle of the backend, and which load it is of. */
uint32_t kpu_model_handle(struct kpu_model *model, uint32_t *loads);
/* Is not the one of load number @loads any more. */
bool kpu_model_replaced(struct kpu_model *model, uint32_t loads);
/*
 * The handle of load number @loads is good for nothing because the board was reset: sends the model
 * again, unless another thread has done so.
 */
int kpu_model_load_again(struct kpu_model *model, uint32_t loads, struct kpu_error *error);
void kpu_model_shape(struct kpu_model *model, uint32_t output, struct kpu_tensor_info *info);

struct kpu_result {
	struct kpu_device *device;
	void *memory; /* of the backend */
	struct kpu_timing timing;
	size_t count;
	struct kpu_tensor tensors[];
};

/* Takes over outcome->output in any case. */
int kpu_result_make(struct kpu_model *model, const struct kpu_backend_run *run,
		    struct kpu_backend_outcome *outcome, struct kpu_result **result);

#endif
