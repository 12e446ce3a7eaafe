/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* file_seeds package|gallery|library FOLDER: seeds of the fuzzers of files on the host. */
#include <kpu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "kmodel/kmodel.h"
#include "tests/conformance/generated.h"
#include "utils/kpuctl/models/gallery.h"

#define LIST                                                                       \
	"{ \"version\": \"0.1.0\", \"files\": [\n"                                 \
	" { \"address\": 0, \"bin\": \"program.bin\", \"sha256Prefix\": true },\n" \
	" { \"address\": 0x00300000, \"bin\": \"face.kmodel\", \"sha256Prefix\": false } ] }"
#define SEED_BYTES_MAX 4000u

static const char *folder;

/* A seed, behind the byte that chooses what the target does with it (-1: it has none). */
static void write_seed(const char *name, int choice, const void *data, size_t size)
{
	char path[600];
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	good = file && (choice < 0 || fputc(choice, file) != EOF) &&
	       fwrite(data, 1, size, file) == size;
	if (!file || fclose(file) || !good) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

static uint8_t *make_zip(zip_int32_t method, size_t *size)
{
	static const uint8_t program[40] = { 0x13 }, model[600] = { 3, 0, 0, 0, 1 };
	static const struct {
		const char *name;
		const void *data;
		size_t size;
	} members[] = { { "flash-list.json", LIST, sizeof(LIST) - 1 },
			{ "program.bin", program, sizeof(program) },
			{ "face.kmodel", model, sizeof(model) } };
	zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, NULL);
	uint8_t *data;

	zip_source_keep(target);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		zip_source_t *source = zip_source_buffer(zip, members[i].data, members[i].size, 0);
		zip_int64_t index = zip_file_add(zip, members[i].name, source, ZIP_FL_ENC_UTF_8);

		zip_set_file_compression(zip, (zip_uint64_t)index, method, 0);
	}
	zip_close(zip);
	zip_source_open(target);
	zip_source_seek(target, 0, SEEK_END);
	*size = (size_t)zip_source_tell(target);
	zip_source_seek(target, 0, SEEK_SET);
	data = malloc(*size);
	zip_source_read(target, data, *size);
	zip_source_close(target);
	zip_source_free(target);
	return data;
}

static void write_packages(void)
{
	size_t size;
	uint8_t *data = make_zip(ZIP_CM_DEFLATE, &size);

	write_seed("list", 0, LIST, sizeof(LIST) - 1);
	write_seed("deflated", 1, data, size);
	free(data);
	data = make_zip(ZIP_CM_STORE, &size);
	write_seed("stored", 1, data, size);
	free(data);
}

static void write_galleries(void)
{
	static const int8_t vector[12] = { 1, -1, 127, -128 };
	struct gallery gallery = { .network_crc32 = 7 };
	struct kpu_error error;
	size_t size;
	uint8_t *data = gallery_encode(&gallery, &size);

	write_seed("empty", -1, data, size);
	free(data);
	gallery_add(&gallery, "Ada", vector, sizeof(vector), &error);
	gallery_add(&gallery, "Bob", vector, sizeof(vector), &error);
	data = gallery_encode(&gallery, &size);
	write_seed("two", -1, data, size);
	free(data);
	gallery_free(&gallery);
}

static void write_models(void)
{
	struct generated model;

	for (unsigned kind = 0; generate_model(kind, 1, &model); kind++) {
		char name[32];

		if (model.file_bytes <= SEED_BYTES_MAX) {
			snprintf(name, sizeof(name), "model_%02u", kind);
			write_seed(name, 0, model.file, model.file_bytes);
			kmodel_reverse_words(model.file, model.file_bytes);
			snprintf(name, sizeof(name), "reversed_%02u", kind);
			write_seed(name, 0, model.file, model.file_bytes);
		}
		generated_free(&model);
	}
}

static void write_classifier(void)
{
	struct kpu_classifier_config config = { .feature_length = 3 };
	static const float one[3] = { 1, 2, 3 }, two[3] = { -1, 0, 1e30f };
	struct kpu_classifier *classifier;
	struct kpu_error error;
	uint8_t data[SEED_BYTES_MAX];
	char path[600];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/../classifier", folder);
	if (kpu_classifier_new(NULL, &config, &classifier, &error) < 0)
		exit(EXIT_FAILURE);
	kpu_classifier_add_class_features(classifier, one, KPU_CLASSIFIER_LAST, "one");
	kpu_classifier_add_class_features(classifier, two, KPU_CLASSIFIER_LAST, "two");
	if (kpu_classifier_save(classifier, path, &error) < 0) {
		fprintf(stderr, "%s\n", error.message);
		exit(EXIT_FAILURE);
	}
	file = fopen(path, "rb");
	size = file ? fread(data, 1, sizeof(data), file) : 0;
	if (file)
		fclose(file);
	write_seed("classifier", 1, data, size);
	kpu_classifier_free(classifier);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: file_seeds package|gallery|library FOLDER\n");
		return EXIT_FAILURE;
	}
	folder = argv[2];
	if (!strcmp(argv[1], "package")) {
		write_packages();
	} else if (!strcmp(argv[1], "gallery")) {
		write_galleries();
	} else {
		write_models();
		write_classifier();
	}
	return EXIT_SUCCESS;
}
