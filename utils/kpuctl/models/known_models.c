/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Detectors that are around, told apart by file size and output shape. Sources of the anchors:
 * kendryte-standalone-demo (face_detect, kpu, face_mask_detect), MaixPy-v1_scripts
 * (machine_vision), canmv_examples (voc20_object_detect).
 */
#include "utils/kpuctl/models/known_models.h"

#define VOC_LABELS                                                                        \
	"aeroplane,bicycle,bird,boat,bottle,bus,car,cat,chair,cow,diningtable,dog,horse," \
	"motorbike,person,pottedplant,sheep,sofa,train,tvmonitor"

static const struct known_model table[] = {
	{
		.name = "face detector of MaixPy",
		.file_size = 388776,
		.grid_width = 20,
		.grid_height = 15,
		.channels = 30,
		.anchor_count = 5,
		.anchors = { 1.889f, 2.5245f, 2.9465f, 3.94056f, 3.99987f, 5.3658f, 5.155437f,
			     6.92275f, 6.718375f, 9.01025f },
		.labels = "face",
	},
	{
		.name = "20 classes detector of Kendryte",
		.grid_width = 10,
		.grid_height = 7,
		.channels = 125,
		.anchor_count = 5,
		.anchors = { 1.08f, 1.19f, 3.42f, 4.41f, 6.63f, 11.38f, 9.42f, 5.11f, 16.62f,
			     10.52f },
		.labels = VOC_LABELS,
	},
	{
		.name = "20 classes detector of CanMV",
		.file_size = 1536936,
		.grid_width = 10,
		.grid_height = 8,
		.channels = 125,
		.anchor_count = 5,
		.anchors = { 1.3221f, 1.73145f, 3.19275f, 4.00944f, 5.05587f, 8.09892f, 9.47112f,
			     4.84053f, 11.2364f, 10.0071f },
		.labels = VOC_LABELS,
	},
	{
		.name = "face detector of CanMV",
		.file_size = 279592,
		.grid_width = 10,
		.grid_height = 8,
		.net_height = 256, /* the model pads 240 rows to 256 */
		.channels = 54,
		.anchor_count = 9,
		.anchors = { 0.1075f, 0.126875f, 0.126875f, 0.175f, 0.1465625f, 0.2246875f,
			     0.1953125f, 0.25375f, 0.2440625f, 0.351875f, 0.341875f, 0.4721875f,
			     0.5078125f, 0.6696875f, 0.8984375f, 1.099687f, 2.129062f, 2.425937f },
		.labels = "face",
	},
	{
		.name = "mask detector of Kendryte",
		.file_size = 584104,
		.grid_width = 10,
		.grid_height = 8,
		.channels = 63,
		.anchor_count = 9,
		.anchors = { 0.117188f, 0.166667f, 0.224609f, 0.3125f, 0.390625f, 0.53125f,
			     0.664062f, 0.838196f, 0.878906f, 1.485714f, 1.269531f, 1.125714f,
			     1.728516f, 2.096633f, 2.787402f, 3.2f, 4.382959f, 4.555469f },
		.labels = "",
	},
	{
		.name = "mask detector of MaixPy",
		.file_size = 1601704,
		.grid_width = 10,
		.grid_height = 8,
		.channels = 35,
		.anchor_count = 5,
		.anchors = { 0.1606f, 0.3562f, 0.4712f, 0.9568f, 0.9877f, 1.9108f, 1.8761f, 3.531f,
			     3.4423f, 5.6823f },
		.labels = "",
	},
	{
		.name = "disc detector of this project",
		.grid_width = 20,
		.grid_height = 15,
		.channels = 8,
		.anchor_count = 1,
		.anchors = { 3, 3 },
		.labels = "red,green,blue",
	},
};

const struct known_model *find_known_model(const struct kpu_network *network)
{
	struct kpu_network_info info;
	struct kpu_tensor_info output;

	kpu_network_info(network, &info);
	if (kpu_network_output(network, 0, &output) < 0)
		return NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct known_model *known = &table[i];

		if ((!known->file_size || known->file_size == info.file_size) &&
		    known->grid_width == output.width && known->grid_height == output.height &&
		    known->channels == output.channels)
			return known;
	}
	return NULL;
}
