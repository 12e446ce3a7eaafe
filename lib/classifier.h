/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What the parts of the self-learning classifier share. */
#ifndef KPU_LIB_CLASSIFIER_H
#define KPU_LIB_CLASSIFIER_H

#include <kpu.h>
#include <pthread.h>

#include "lib/error.h"

/* Feature vectors one behind the other. */
struct kpu_vectors {
	float *data;
	uint32_t count, room;
};

struct kpu_classifier {
	pthread_mutex_t lock;    /* of everything below the model's properties */
	struct kpu_model *model; /* NULL: the caller brings features */
	uint32_t output, length;
	uint32_t network_crc32;
	struct kpu_classifier_class classes[KPU_CLASSIFIER_CLASSES_MAX];
	struct kpu_vectors centres; /* one for each class */
	struct kpu_vectors samples;
};

/* Makes room for one more and appends it; false: no memory. */
bool kpu_vectors_append(struct kpu_vectors *vectors, uint32_t length, const float *values);
void kpu_vectors_remove(struct kpu_vectors *vectors, uint32_t length, uint32_t index);
bool kpu_vectors_finite(const float *values, size_t count);

/* With the lock: class whose centre is nearest to @features; there is one at least. */
void kpu_classifier_nearest(const struct kpu_classifier *classifier, const float *features,
			    struct kpu_classifier_match *match);
/* Zero terminated, printable, never longer than a label may be. */
void kpu_classifier_set_label(struct kpu_classifier_class *description, const char *label);

#endif
