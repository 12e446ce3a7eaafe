/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Arguments and results of the commands, as C structs beside their wire form. encode functions
 * return the length written, decode functions return false when the bytes are too short or a
 * value is out of range. Decoders accept longer input (a newer peer may append fields) and the
 * encoders of version N-1 results leave appended fields zero.
 */
#ifndef KPU_LINK_COMMANDS_H
#define KPU_LINK_COMMANDS_H

#include "link/session.h"
#include "link/types.h"
#include "link/wire.h"

struct kpu_board_info {
	uint32_t firmware_version; /* major << 16 | minor << 8 | patch */
	uint32_t features;         /* KPU_FEATURE_* */
	uint32_t cpu_hz, kpu_hz;
	uint64_t boot_id;
	uint32_t reset_cause; /* SYSCTL reset_status at boot */
	uint32_t uptime_ms;
	uint32_t memory_total;   /* bytes for models and their work buffers */
	uint32_t firmware_bytes; /* SRAM taken by code, data, stacks and buffers */
	uint16_t max_models;
	uint16_t max_runs_in_flight;
	uint32_t line_baud;
	uint32_t last_crash_pc; /* 0: none since power-on */
	char name[16];          /* "k210", zero padded */
	uint32_t stack_unused;  /* bytes of the firmware's stack that were never needed so far */
};

/*
 * What a model takes of that memory, in whole blocks: one for its file, rounded up to 8 bytes, and
 * what the board knows of it; one for its work buffer and what a run leaves behind, among it a
 * number for each layer.
 */
#define KPU_MEMORY_BLOCK      256u
#define KPU_MEMORY_FILE_MORE  80u
#define KPU_MEMORY_WORK_MORE  832u
#define KPU_MEMORY_LAYER_MORE 4u

struct kpu_memory_info {
	uint32_t total, free, largest_free;
	uint16_t models;
};

struct kpu_flash_chip {
	uint32_t jedec_id; /* manufacturer << 16 | type << 8 | capacity */
	uint32_t size;     /* bytes; 0: no chip, or one of unknown size */
	uint64_t unique_id;
	uint32_t erase_bytes; /* a power of two; size is a multiple of it */
	uint32_t program_bytes;
	uint32_t clock_hz; /* of reads */
};

struct kpu_flash_range {
	uint32_t address, length;
};

struct kpu_load_flash_arguments {
	uint32_t address;
	uint32_t size;        /* of the file; 0: found out from its header */
	uint32_t flags;       /* KPU_LOAD_FLASH_* */
	uint32_t batch_bytes; /* dual buffer: to read ahead; 0: what the largest layer needs */
	uint32_t clock_hz;    /* of the flash while the model runs; 0: the firmware's choice */
};

struct kpu_load_arguments {
	uint32_t size; /* bytes of the model; equals the bulk length */
	uint32_t crc32;
};

struct kpu_load_result {
	uint16_t model;   /* handle, never 0 */
	uint16_t version; /* 3 or 4 */
	uint16_t layers, inputs, outputs;
	uint16_t
		max_runs_in_flight; /* for this model: 2 if there was memory for a staging buffer */
	uint32_t input_bytes;       /* all inputs one behind the other */
	uint32_t work_bytes;
	uint32_t problem_layer; /* when status != 0: layer that is at fault, or ~0 */
	char problem[120];      /* when status != 0: what is wrong, zero padded */
};

struct kpu_tap {
	uint8_t kind;   /* enum kpu_wire_tap_kind */
	uint16_t index; /* of the output or layer */
	uint32_t limit; /* most bytes wanted; the tap takes exactly this much of the bulk result */
};

struct kpu_run_arguments {
	uint16_t model;
	uint16_t tap_count;
	uint32_t stop_layer; /* run layers 0..stop_layer; KPU_RUN_ALL_LAYERS; taps may end it */
	uint32_t timeout_ms; /* of the computation on the board; 0 = firmware's default */
	struct kpu_tap taps[KPU_TAPS_MAX];
};

/* Taps lie in the bulk result one behind the other, each at the sum of the limits before it. A
 * result that is longer than its limit is an error (SIZE_NOTMATCH), a shorter one zero filled. */
struct kpu_tap_result {
	uint32_t length;
	uint8_t data_type; /* enum kpu_wire_data_type */
	uint16_t width, height, channels;
};

struct kpu_run_result {
	uint32_t layers_run;
	uint64_t cycles;        /* CPU cycles from start of layer 0 to the end */
	uint64_t kpu_cycles;    /* CPU cycles of these spent waiting for the KPU */
	uint32_t problem_layer; /* when status != 0 */
	uint16_t tap_count;
	struct kpu_tap_result taps[KPU_TAPS_MAX];
};

size_t kpu_encode_board_info(uint8_t *out, const struct kpu_board_info *info);
bool kpu_decode_board_info(const uint8_t *in, size_t length, struct kpu_board_info *info);
size_t kpu_encode_memory_info(uint8_t *out, const struct kpu_memory_info *info);
bool kpu_decode_memory_info(const uint8_t *in, size_t length, struct kpu_memory_info *info);
size_t kpu_encode_flash_chip(uint8_t *out, const struct kpu_flash_chip *chip);
bool kpu_decode_flash_chip(const uint8_t *in, size_t length, struct kpu_flash_chip *chip);
size_t kpu_encode_flash_range(uint8_t *out, const struct kpu_flash_range *range);
bool kpu_decode_flash_range(const uint8_t *in, size_t length, struct kpu_flash_range *range);
size_t kpu_encode_load_flash_arguments(uint8_t *out,
				       const struct kpu_load_flash_arguments *arguments);
bool kpu_decode_load_flash_arguments(const uint8_t *in, size_t length,
				     struct kpu_load_flash_arguments *out);
size_t kpu_encode_load_arguments(uint8_t *out, const struct kpu_load_arguments *arguments);
bool kpu_decode_load_arguments(const uint8_t *in, size_t length, struct kpu_load_arguments *out);
size_t kpu_encode_load_result(uint8_t *out, const struct kpu_load_result *result);
bool kpu_decode_load_result(const uint8_t *in, size_t length, struct kpu_load_result *result);
size_t kpu_encode_run_arguments(uint8_t *out, const struct kpu_run_arguments *arguments);
bool kpu_decode_run_arguments(const uint8_t *in, size_t length, struct kpu_run_arguments *out);
size_t kpu_encode_run_result(uint8_t *out, const struct kpu_run_result *result);
bool kpu_decode_run_result(const uint8_t *in, size_t length, struct kpu_run_result *result);
size_t kpu_encode_counters(uint8_t *out, const struct kpu_link_counters *counters);
bool kpu_decode_counters(const uint8_t *in, size_t length, struct kpu_link_counters *counters);

#endif
