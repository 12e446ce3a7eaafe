/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Shared between the files that read V4 nodes; not for others. */
#ifndef KMODEL_V4_H
#define KMODEL_V4_H

#include "kmodel/body.h"
#include "kmodel/v4_format.h"

/* The range at @offset as a tensor of shape 1 x 1 x elements, checked against its memory. */
bool kmodel_v4_range(const struct kmodel_layer_body *body, uint32_t offset,
		     struct kmodel_tensor *tensor);
/* The same, and it has the data type and at least @elements elements. */
bool kmodel_v4_typed_range(const struct kmodel_layer_body *body, uint32_t offset,
			   enum kmodel_data_type type, uint64_t elements,
			   struct kmodel_tensor *tensor);
/* Four positive sizes at @offset whose product is at most what fits the memory. */
bool kmodel_v4_shape(const struct kmodel_layer_body *body, uint32_t offset, uint32_t shape[4]);
uint32_t kmodel_v4_elements(const uint32_t shape[4]);

/* Output at the usual place with a known shape: batch and channels are joined. */
bool kmodel_v4_give(const struct kmodel_layer_body *body, uint32_t offset,
		    enum kmodel_data_type type, const uint32_t shape[4]);
/* A number of values without a shape. */
bool kmodel_v4_give_values(const struct kmodel_layer_body *body, uint32_t offset,
			   enum kmodel_data_type type, uint64_t elements);

/* The shift at @offset is possible: a 32-bit value times a 32-bit factor has 64 bits before it is
 * shifted; real models shift by 32. */
bool kmodel_v4_shift(const struct kmodel_layer_body *body, uint32_t offset);

/* A product of two matrices of values of @type, their sizes at 48, with a bias of 4 bytes for each
 * column at @bias. */
bool kmodel_v4_matrices(struct kmodel_layer_body *body, enum kmodel_data_type type, uint32_t bias);

/* A two-dimensional window: paddings, filter, stride, dilation at these offsets. Fills the size of
 * its output. */
struct kmodel_v4_window {
	uint32_t padding;  /* four ints: top, bottom, left, right */
	uint32_t filter;   /* two ints: height, width */
	uint32_t stride;   /* two ints */
	uint32_t dilation; /* two ints */
};
bool kmodel_v4_window_output(const struct kmodel_layer_body *body,
			     const struct kmodel_v4_window *window, uint32_t height, uint32_t width,
			     uint32_t output[2]);

bool kmodel_v4_read_convolution(struct kmodel_layer_body *body);
bool kmodel_v4_read_float_node(struct kmodel_layer_body *body, bool *known);
bool kmodel_v4_read_window_node(struct kmodel_layer_body *body, bool *known);
bool kmodel_v4_read_quantized_node(struct kmodel_layer_body *body, bool *known);
bool kmodel_v4_read_moving_node(struct kmodel_layer_body *body, bool *known);

bool kmodel_v4_open(struct kmodel *model, struct kmodel_problem *problem);
bool kmodel_v4_read_node(struct kmodel_layer_body *body);
/* A range of the header's tables with its shape (inputs) or without (outputs). */
bool kmodel_v4_table_tensor(const struct kmodel *model, uint32_t range_offset,
			    uint32_t shape_offset, struct kmodel_tensor *tensor);

#endif
