/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Tables of a network, read out of its file. */
#ifndef KPU_LIB_NETWORK_LAYERS_H
#define KPU_LIB_NETWORK_LAYERS_H

#include "lib/network.h"

/* Of a model that kmodel_validate() has accepted; false: no memory. */
bool kpu_network_read_layers(struct kpu_network *network);
bool kpu_network_read_tensors(struct kpu_network *network);

#endif
