/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#ifndef KPU_LIB_NETWORK_H
#define KPU_LIB_NETWORK_H

#include <kpu.h>
#include <stdatomic.h>

#include "kmodel/kmodel.h"

/* Never changes once made, so references are all the locking it needs. */
struct kpu_network {
	atomic_uint references;
	uint8_t *data; /* words in the right order */
	size_t size;
	struct kmodel model;
	struct kmodel_plan plan;
	struct kpu_network_info info;
	struct kpu_layer_info *layers;
	struct kpu_tensor_info *layer_tensors; /* what a layer target brings back */
	struct kpu_tensor_info *inputs, *outputs;
};

/* As kpu_network_parse(), but takes over @data, from malloc(), in any case. */
int kpu_network_take(uint8_t *data, size_t size, struct kpu_network **network,
		     struct kpu_error *error);
struct kpu_network *kpu_network_reference(const struct kpu_network *network);

/* Bytes that a target brings back, rounded up to 4 as taps need it; 0 if there is no such thing. */
size_t kpu_network_target_bytes(const struct kpu_network *network, const struct kpu_target *target);

#endif
