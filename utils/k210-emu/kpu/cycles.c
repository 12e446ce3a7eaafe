/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * How long silicon takes for a layer.
 *
 * One beat is one 64-byte line of input for one output channel; a line holds up to four narrow
 * channels. The factors are a least-squares fit to the per-layer times that nncase issue 77 gives
 * for a face detector of 23 layers (400 MHz assumed): within 6 % for convolutions and 4 % for
 * depthwise ones, turn-around of the software included. The transfer cost per streamed byte is the
 * remainder of that model's last layer.
 */
#include "job.h"

#define CONV_BASE_CYCLES           16900u
#define CONV_PERCENT_PER_BEAT      104u
#define CONV_PERCENT_PER_BYTE      123u
#define DEPTHWISE_BASE_CYCLES      2500u
#define DEPTHWISE_PERCENT_PER_BEAT 230u
#define DEPTHWISE_PERCENT_PER_BYTE 146u
#define CYCLES_PER_STREAMED_BYTE   5u

size_t kpu_layer_output_bytes(const uint64_t words[K210_KPU_LAYER_WORDS])
{
	struct k210_kpu_layer layer;

	k210_decode_layer(words, &layer);
	return (size_t)layer.output_width * layer.output_height * layer.output_channels;
}

uint64_t kpu_layer_mac_count(const uint64_t words[K210_KPU_LAYER_WORDS])
{
	struct k210_kpu_layer layer;

	k210_decode_layer(words, &layer);
	return (uint64_t)layer.input_width * layer.input_height * layer.output_channels *
	       kpu_weights_per_channel(&layer);
}

uint64_t kpu_layer_cycles(const uint64_t words[K210_KPU_LAYER_WORDS], bool eight_bit_weights)
{
	struct k210_kpu_layer layer;
	uint64_t beats, weight_bytes, cycles;

	k210_decode_layer(words, &layer);
	beats = k210_map_lines(layer.input_width, layer.input_height, layer.input_channels);
	weight_bytes = kpu_layer_weight_bytes(&layer, eight_bit_weights);
	if (layer.depthwise) {
		cycles = DEPTHWISE_BASE_CYCLES + (DEPTHWISE_PERCENT_PER_BEAT * beats +
						  DEPTHWISE_PERCENT_PER_BYTE * weight_bytes) /
							 100;
	} else {
		beats *= layer.output_channels;
		cycles = CONV_BASE_CYCLES +
			 (CONV_PERCENT_PER_BEAT * beats + CONV_PERCENT_PER_BYTE * weight_bytes) /
				 100;
	}
	if (layer.send_data_out)
		cycles += CYCLES_PER_STREAMED_BYTE * kpu_layer_output_bytes(words);
	return cycles;
}
