/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* What a file is, from its first bytes, and names for people. */
#include "kmodel/kmodel.h"

static uint32_t reversed(uint32_t word)
{
	return word >> 24 | (word >> 8 & 0xff00) | (word << 8 & 0xff0000) | word << 24;
}

static enum kmodel_kind kind_of_ldmk(uint32_t version, enum kmodel_kind version_4)
{
	if (version == KMODEL_V4_VERSION)
		return version_4;
	return version == KMODEL_V5_VERSION ? KMODEL_KIND_V5 : KMODEL_KIND_UNKNOWN;
}

static bool is_blank(const uint8_t *data, size_t size)
{
	size_t i;

	if (data[0] != 0 && data[0] != 0xff)
		return false;
	for (i = 1; i < size && i < 64; i++) {
		if (data[i] != data[0])
			return false;
	}
	return true;
}

enum kmodel_kind kmodel_identify(const uint8_t *data, size_t size)
{
	uint32_t first;

	if (size < 4)
		return KMODEL_KIND_UNKNOWN;
	first = kpu_get_u32(data);
	switch (first) {
	case KMODEL_V3_VERSION:
		return KMODEL_KIND_V3;
	case KMODEL_V3_ENCRYPTED:
	case KMODEL_V4_ENCRYPTED:
	case KMODEL_V4_EMODEL:
		return KMODEL_KIND_ENCRYPTED;
	case KMODEL_ZIP_IDENTIFIER:
		return KMODEL_KIND_KFPKG;
	case KMODEL_V4_IDENTIFIER:
		return size < 8 ? KMODEL_KIND_UNKNOWN
				: kind_of_ldmk(kpu_get_u32(data + 4), KMODEL_KIND_V4);
	}
	if (reversed(first) == KMODEL_V3_VERSION)
		return KMODEL_KIND_V3_REVERSED;
	if (reversed(first) == KMODEL_V4_IDENTIFIER && size >= 8)
		return kind_of_ldmk(reversed(kpu_get_u32(data + 4)), KMODEL_KIND_V4_REVERSED);
	return is_blank(data, size) ? KMODEL_KIND_BLANK : KMODEL_KIND_UNKNOWN;
}

const char *kmodel_kind_name(enum kmodel_kind kind)
{
	switch (kind) {
	case KMODEL_KIND_V3:
		return "kmodel V3";
	case KMODEL_KIND_V4:
		return "kmodel V4";
	case KMODEL_KIND_V5:
		return "kmodel V5 (nncase 1.x)";
	case KMODEL_KIND_ENCRYPTED:
		return "encrypted model";
	case KMODEL_KIND_V3_REVERSED:
		return "word-reversed kmodel V3";
	case KMODEL_KIND_V4_REVERSED:
		return "word-reversed kmodel V4";
	case KMODEL_KIND_KFPKG:
		return "kfpkg package";
	case KMODEL_KIND_BLANK:
		return "blank data";
	case KMODEL_KIND_UNKNOWN:
		break;
	}
	return "unknown data";
}

const char *kmodel_layer_name(uint32_t type)
{
	switch (type) {
#define KMODEL_LAYER(name, number) \
	case KMODEL_V3_##name:     \
		return #name;
		KMODEL_V3_LAYERS(KMODEL_LAYER)
#undef KMODEL_LAYER
#define KMODEL_LAYER(name, number) \
	case KMODEL_V4_##name:     \
		return #name;
		KMODEL_V4_LAYERS(KMODEL_LAYER)
#undef KMODEL_LAYER
	}
	return NULL;
}
