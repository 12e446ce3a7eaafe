/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <getopt.h>
#include <stdio.h>

#include "utils/kpuctl/command.h"
#include "utils/kpuctl/json.h"
#include "utils/kpuctl/models/model_file.h"

enum {
	OPTION_JSON = 256
};

static const struct option_entry options[] = {
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 0, NULL, NULL, NULL },
};

static const char *type_name(uint32_t type)
{
	return type == KPU_TENSOR_UINT8 ? "uint8" : type == KPU_TENSOR_FLOAT32 ? "float32" : "?";
}

static void print_tensor(const char *kind, uint32_t index, const struct kpu_tensor_info *info)
{
	printf("%-6s %u  %ux%ux%u %s, %zu bytes\n", kind, index, info->width, info->height,
	       info->channels, type_name(info->type), info->bytes);
}

static void print_layer(const struct kpu_layer_info *layer)
{
	char in[24] = "", out[24] = "", kernel[16] = "";

	if (layer->convolution) {
		snprintf(in, sizeof(in), "%ux%ux%u", layer->input_width, layer->input_height,
			 layer->input_channels);
		snprintf(out, sizeof(out), "%ux%ux%u", layer->output_width, layer->output_height,
			 layer->output_channels);
		snprintf(kernel, sizeof(kernel), "%ux%u%s", layer->kernel, layer->kernel,
			 layer->depthwise ? " dw" : "");
	}
	printf("%5u  %-24s %-13s %-13s %-7s %-11s %9u %9.2f\n", layer->index, layer->type_name, in,
	       out, kernel, layer->pool_name, layer->parameter_bytes, (double)layer->macs / 1e6);
}

static void print_text(const char *path, const struct kpu_network *network)
{
	struct kpu_network_info info;
	struct kpu_tensor_info tensor;
	struct kpu_layer_info layer;

	kpu_network_info(network, &info);
	printf("%s%s%s: kmodel V%u, %zu bytes, %u layers, %u-bit weights, %.1f million MACs\n",
	       bold(), path, plain(), info.version, info.file_size, info.layers, info.weight_bits,
	       (double)info.macs / 1e6);
	printf("board  %zu bytes of memory (file, and %zu of work buffer), %zu of AI SRAM; largest "
	       "layer %u with %zu\n",
	       info.board_bytes, info.work_bytes, info.ai_sram_bytes, info.largest_layer,
	       info.largest_layer_bytes);
	for (uint32_t i = 0; kpu_network_input(network, i, &tensor) == 0; i++)
		print_tensor("input", i, &tensor);
	for (uint32_t i = 0; kpu_network_output(network, i, &tensor) == 0; i++)
		print_tensor("output", i, &tensor);
	printf("\n%slayer  %-24s %-13s %-13s %-7s %-11s %9s %9s%s\n", bold(), "type", "input",
	       "output", "kernel", "pool", "bytes", "M MACs", plain());
	for (uint32_t i = 0; kpu_network_layer(network, i, &layer) == 0; i++)
		print_layer(&layer);
}

static struct json_object *shape(uint32_t width, uint32_t height, uint32_t channels)
{
	struct json_object *out = json_object_new_array();

	json_object_array_add(out, json_object_new_uint64(width));
	json_object_array_add(out, json_object_new_uint64(height));
	json_object_array_add(out, json_object_new_uint64(channels));
	return out;
}

static struct json_object *layer_json(const struct kpu_layer_info *layer)
{
	struct json_object *out = json_object_new_object();

	json_put_number(out, "index", layer->index);
	json_put_text(out, "type", layer->type_name);
	json_put_number(out, "type_number", layer->type);
	json_put_number(out, "bytes", layer->parameter_bytes);
	if (!layer->convolution)
		return out;
	json_object_object_add(out, "input",
			       shape(layer->input_width, layer->input_height,
				     layer->input_channels));
	json_object_object_add(out, "output",
			       shape(layer->output_width, layer->output_height,
				     layer->output_channels));
	json_put_number(out, "kernel", layer->kernel);
	json_object_object_add(out, "depthwise", json_object_new_boolean(layer->depthwise));
	json_put_number(out, "pool", layer->pool);
	json_put_number(out, "para_size", layer->load_bytes);
	json_put_number(out, "macs", layer->macs);
	return out;
}

static struct json_object *tensor_json(const struct kpu_tensor_info *info)
{
	struct json_object *out = json_object_new_object();

	json_object_object_add(out, "shape", shape(info->width, info->height, info->channels));
	json_put_text(out, "type", type_name(info->type));
	json_put_number(out, "bytes", info->bytes);
	return out;
}

static void print_package(const struct model_file *file)
{
	printf("%spackage%s  %-28s %-10s %9s  %s\n", bold(), plain(), "file", "address", "bytes",
	       "what");
	for (size_t i = 0; i < package_count(file->package); i++) {
		const struct package_member *member = package_member(file->package, i);

		printf("%7s  %-28s 0x%08x %9zu  %s%s\n", i == file->member ? "->" : "",
		       member->name, member->address, member->size, kmodel_kind_name(member->kind),
		       member->sha256_prefix ? ", program" : "");
	}
	putchar('\n');
}

static struct json_object *package_json(const struct model_file *file)
{
	struct json_object *list = json_object_new_array(), *item;

	for (size_t i = 0; i < package_count(file->package); i++) {
		const struct package_member *member = package_member(file->package, i);

		item = json_object_new_object();
		json_put_text(item, "name", member->name);
		json_put_number(item, "address", member->address);
		json_put_number(item, "bytes", member->size);
		json_put_text(item, "kind", kmodel_kind_name(member->kind));
		json_object_object_add(item, "sha256_prefix",
				       json_object_new_boolean(member->sha256_prefix));
		json_object_object_add(item, "chosen", json_object_new_boolean(i == file->member));
		json_object_array_add(list, item);
	}
	return list;
}

static void print_json(const char *path, const struct model_file *file)
{
	struct json_object *out = json_object_new_object(), *list;
	const struct kpu_network *network = file->network;
	struct kpu_network_info info;
	struct kpu_tensor_info tensor;
	struct kpu_layer_info layer;

	kpu_network_info(network, &info);
	json_put_text(out, "file", path);
	json_put_number(out, "version", info.version);
	json_put_number(out, "file_bytes", info.file_size);
	json_put_number(out, "board_bytes", info.board_bytes);
	json_put_number(out, "work_bytes", info.work_bytes);
	json_put_number(out, "ai_sram_bytes", info.ai_sram_bytes);
	json_put_number(out, "weight_bits", info.weight_bits);
	json_put_number(out, "macs", info.macs);
	json_put_number(out, "crc32", info.crc32);
	json_object_object_add(out, "word_reversed", json_object_new_boolean(info.word_reversed));
	if (file->package)
		json_object_object_add(out, "package", package_json(file));
	json_object_object_add(out, "inputs", list = json_object_new_array());
	for (uint32_t i = 0; kpu_network_input(network, i, &tensor) == 0; i++)
		json_object_array_add(list, tensor_json(&tensor));
	json_object_object_add(out, "outputs", list = json_object_new_array());
	for (uint32_t i = 0; kpu_network_output(network, i, &tensor) == 0; i++)
		json_object_array_add(list, tensor_json(&tensor));
	json_object_object_add(out, "layers", list = json_object_new_array());
	for (uint32_t i = 0; kpu_network_layer(network, i, &layer) == 0; i++)
		json_object_array_add(list, layer_json(&layer));
	json_print(out);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct model_file file;
	struct kpu_error error;
	bool json = false;
	int option;

	while ((option = next_option(command, argc, argv)) != -1)
		json = option == OPTION_JSON;
	check_arguments(command, argc, argv);
	if (model_file_open(argv[optind], &file, &error) < 0)
		return report_error(&error);
	if (file.package && !json)
		print_package(&file);
	if (json)
		print_json(argv[optind], &file);
	else
		print_text(argv[optind], file.network);
	model_file_close(&file);
	return EXIT_OK;
}

const struct command command_netinfo = {
	.name = "netinfo",
	.arguments = "MODEL",
	.summary = "show a model's layers and shapes; needs no board",
	.example = "kpuctl netinfo face.kmodel",
	.options = options,
	.least_arguments = 1,
	.most_arguments = 1,
	.run = run,
};
