/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Files that libkpu reads. First byte even: a model, with all of its tables asked for; odd: a
 * classifier with its checksum put right, trained and used.
 */
#include <kpu.h>
#include <stdlib.h>
#include <string.h>

#include "link/bytes.h"
#include "link/crc.h"
#include "tests/fuzz/fuzz.h"

static void use_network(const uint8_t *data, size_t size)
{
	struct kpu_network_info info;
	struct kpu_tensor_info tensor;
	struct kpu_layer_info layer;
	struct kpu_network *network;
	struct kpu_error error;

	if (kpu_network_parse(data, size, &network, &error) < 0) {
		if (!error.code || !error.message[0])
			abort();
		return;
	}
	kpu_network_info(network, &info);
	for (uint32_t i = 0; i < info.layers; i++) {
		if (kpu_network_layer(network, i, &layer) < 0 || !*layer.type_name)
			abort();
	}
	for (uint32_t i = 0; i < info.inputs; i++) {
		if (kpu_network_input(network, i, &tensor) < 0)
			abort();
	}
	for (uint32_t i = 0; i < info.outputs; i++) {
		if (kpu_network_output(network, i, &tensor) < 0)
			abort();
	}
	if (kpu_network_layer(network, info.layers, &layer) == 0)
		abort();
	kpu_network_free(network);
}

static void use_classifier(uint8_t *data, size_t size)
{
	struct kpu_classifier_match match;
	struct kpu_classifier_info info;
	struct kpu_classifier *classifier;
	struct kpu_error error;
	float *features;

	if (size >= 4)
		kpu_put_u32(data + size - 4, kpu_crc32(KPU_CRC32_START, data, size - 4));
	if (kpu_classifier_parse(NULL, data, size, &classifier, &error) < 0)
		return;
	kpu_classifier_info(classifier, &info);
	features = calloc(info.feature_length, sizeof(*features));
	kpu_classifier_add_sample_features(classifier, features);
	kpu_classifier_train(classifier, 3, NULL);
	if (kpu_classifier_predict_features(classifier, features, &match) == 0 &&
	    match.class_index >= info.classes)
		abort();
	kpu_classifier_remove_class(classifier, 0);
	free(features);
	kpu_classifier_free(classifier);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (size == 0)
		return 0;
	copy = malloc(size);
	memcpy(copy, data + 1, size - 1);
	if (data[0] % 2)
		use_classifier(copy, size - 1);
	else
		use_network(copy, size - 1);
	free(copy);
	return 0;
}
