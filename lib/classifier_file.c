/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Classifiers in files. Little endian, no padding:
 *
 *	0	8	"KPUCLASS"
 *	8	4	version, 1
 *	12	4	CRC-32 of the network that gives the features, 0 = unknown
 *	16	4	its output
 *	20	4	L: floats of a feature vector
 *	24	4	N: classes
 *	28	N x	{ label 64 bytes, zero filled; samples 4; centre L x 4 }
 *	end	4	CRC-32 of all bytes before
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/api.h"
#include "lib/classifier.h"
#include "lib/file.h"
#include "lib/object.h"
#include "link/bytes.h"
#include "link/crc.h"

#define MAGIC        "KPUCLASS"
#define MAGIC_BYTES  8u
#define VERSION      1u
#define HEADER_BYTES 28u
#define CRC_BYTES    4u
#define CLASS_BYTES  (KPU_CLASSIFIER_LABEL_BYTES + 4u) /* without the centre */
#define FILE_BYTES_MAX                        \
	(HEADER_BYTES + CRC_BYTES +           \
	 (size_t)KPU_CLASSIFIER_CLASSES_MAX * \
		 (CLASS_BYTES + sizeof(float) * KPU_CLASSIFIER_LENGTH_MAX))

static size_t file_bytes(uint32_t length, uint32_t classes)
{
	return HEADER_BYTES + CRC_BYTES + (size_t)classes * (CLASS_BYTES + (size_t)length * 4);
}

static void put_float(uint8_t *out, float value)
{
	uint32_t word;

	memcpy(&word, &value, sizeof(word));
	kpu_put_u32(out, word);
}

static float get_float(const uint8_t *in)
{
	uint32_t word = kpu_get_u32(in);
	float value;

	memcpy(&value, &word, sizeof(value));
	return value;
}

/* With the lock: the whole file, to be freed; NULL: no memory. */
static uint8_t *encode(const struct kpu_classifier *classifier, size_t *size)
{
	uint32_t length = classifier->length, count = classifier->centres.count;
	uint8_t *data, *out;

	*size = file_bytes(length, count);
	data = calloc(1, *size);
	if (!data)
		return NULL;
	memcpy(data, MAGIC, MAGIC_BYTES);
	kpu_put_u32(data + 8, VERSION);
	kpu_put_u32(data + 12, classifier->network_crc32);
	kpu_put_u32(data + 16, classifier->output);
	kpu_put_u32(data + 20, length);
	kpu_put_u32(data + 24, count);
	out = data + HEADER_BYTES;
	for (uint32_t i = 0; i < count; i++) {
		const float *centre = classifier->centres.data + (size_t)i * length;

		memcpy(out, classifier->classes[i].label, KPU_CLASSIFIER_LABEL_BYTES);
		kpu_put_u32(out + KPU_CLASSIFIER_LABEL_BYTES, classifier->classes[i].samples);
		out += CLASS_BYTES;
		for (uint32_t k = 0; k < length; k++, out += 4)
			put_float(out, centre[k]);
	}
	kpu_put_u32(out, kpu_crc32(KPU_CRC32_START, data, *size - CRC_BYTES));
	return data;
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		size -= (size_t)n;
	}
	return fsync(fd) == 0;
}

static int fail_write(struct kpu_error *error, const char *path, const char *reason)
{
	kpu_fail(error, KPU_ERR_IO, "cannot write %s: %s", path, reason);
	kpu_error_advise(error, "check that the folder exists, may be written and has room");
	return -KPU_ERR_IO;
}

/* The old file stays until the new one is complete. */
static int replace_file(const char *path, const uint8_t *data, size_t size, struct kpu_error *error)
{
	char name[4096], reason[64];
	struct stat there;
	int fd, number;
	bool ok;

	/* A device or a pipe would be gone afterwards, and a file in its place. */
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
		return fail_write(error, path, "it is there and no regular file");
	if (snprintf(name, sizeof(name), "%s.%llx", path, (unsigned long long)kpu_now_ns()) >=
	    (int)sizeof(name))
		return fail_write(error, path, "the path is too long");
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	ok = fd >= 0 && write_all(fd, data, size);
	number = errno;
	if (fd >= 0)
		close(fd);
	if (ok && rename(name, path) < 0) {
		number = errno;
		ok = false;
	}
	if (ok)
		return 0;
	if (fd >= 0)
		unlink(name);
	return fail_write(error, path, strerror_r(number, reason, sizeof(reason)));
}

KPU_API int kpu_classifier_save(struct kpu_classifier *classifier, const char *path,
				struct kpu_error *error)
{
	uint8_t *data;
	size_t size;
	int rc;

	if (!classifier || !path)
		return kpu_fail(error, KPU_ERR_PARAM, "classifier or path is NULL");
	pthread_mutex_lock(&classifier->lock);
	data = encode(classifier, &size);
	pthread_mutex_unlock(&classifier->lock);
	if (!data)
		return kpu_fail_memory(error);
	rc = replace_file(path, data, size, error);
	free(data);
	return rc;
}

static int check_file(const uint8_t *data, size_t size, struct kpu_error *error)
{
	uint32_t length, classes;

	if (size < HEADER_BYTES + CRC_BYTES || memcmp(data, MAGIC, MAGIC_BYTES) != 0)
		return kpu_fail(error, KPU_ERR_KMODEL_FORMAT, "this is no classifier file");
	if (kpu_get_u32(data + 8) != VERSION)
		return kpu_fail(error, KPU_ERR_KMODEL_FORMAT,
				"the classifier file has version %u, this library reads %u",
				kpu_get_u32(data + 8), VERSION);
	length = kpu_get_u32(data + 20);
	classes = kpu_get_u32(data + 24);
	if (length == 0 || length > KPU_CLASSIFIER_LENGTH_MAX ||
	    classes > KPU_CLASSIFIER_CLASSES_MAX || size != file_bytes(length, classes))
		return kpu_fail(error, KPU_ERR_KMODEL_FORMAT,
				"a classifier file of %zu bytes cannot hold %u classes of %u "
				"features",
				size, classes, length);
	if (kpu_get_u32(data + size - CRC_BYTES) !=
	    kpu_crc32(KPU_CRC32_START, data, size - CRC_BYTES))
		return kpu_fail(error, KPU_ERR_CHECKSUM,
				"the classifier file is damaged: its checksum is wrong");
	return 0;
}

static int read_class(struct kpu_classifier *classifier, const uint8_t *in, float *centre,
		      struct kpu_error *error)
{
	uint32_t index = classifier->centres.count, samples;
	char label[KPU_CLASSIFIER_LABEL_BYTES + 1] = { 0 };

	memcpy(label, in, KPU_CLASSIFIER_LABEL_BYTES);
	samples = kpu_get_u32(in + KPU_CLASSIFIER_LABEL_BYTES);
	in += CLASS_BYTES;
	for (uint32_t k = 0; k < classifier->length; k++, in += 4)
		centre[k] = get_float(in);
	if (!kpu_vectors_finite(centre, classifier->length))
		return kpu_fail(error, KPU_ERR_KMODEL_FORMAT,
				"class %u of the classifier file has features that are no finite "
				"numbers",
				index);
	if (!kpu_vectors_append(&classifier->centres, classifier->length, centre))
		return kpu_fail_memory(error);
	kpu_classifier_set_label(&classifier->classes[index], label);
	classifier->classes[index].samples = samples;
	return 0;
}

static int read_classes(struct kpu_classifier *classifier, const uint8_t *data, uint32_t count,
			struct kpu_error *error)
{
	size_t step = CLASS_BYTES + (size_t)classifier->length * 4;
	float *centre = malloc(classifier->length * sizeof(*centre));
	int rc = centre ? 0 : kpu_fail_memory(error);

	for (uint32_t i = 0; i < count && rc == 0; i++)
		rc = read_class(classifier, data + HEADER_BYTES + i * step, centre, error);
	free(centre);
	return rc;
}

KPU_API int kpu_classifier_parse(struct kpu_model *model, const void *file, size_t size,
				 struct kpu_classifier **classifier, struct kpu_error *error)
{
	struct kpu_classifier_config config;
	struct kpu_classifier *made;
	const uint8_t *data = file;
	uint32_t crc;
	int rc;

	if (!file || !classifier)
		return kpu_fail(error, KPU_ERR_PARAM, "data or classifier is NULL");
	*classifier = NULL;
	rc = check_file(data, size, error);
	if (rc < 0) {
		kpu_error_advise(error,
				 "name a file that a classifier was saved to, or train anew");
		return rc;
	}
	crc = kpu_get_u32(data + 12);
	if (model && crc && crc != model->network->info.crc32) {
		kpu_fail(error, KPU_ERR_SIZE_NOTMATCH,
			 "the classifier was trained with another network: checksum %08x, this "
			 "one has %08x",
			 crc, model->network->info.crc32);
		kpu_error_advise(error, "use the model that it was trained with, or train anew");
		return -KPU_ERR_SIZE_NOTMATCH;
	}
	config.output = kpu_get_u32(data + 16);
	config.feature_length = kpu_get_u32(data + 20);
	rc = kpu_classifier_new(model, &config, &made, error);
	if (rc < 0)
		return rc;
	made->network_crc32 = crc;
	rc = read_classes(made, data, kpu_get_u32(data + 24), error);
	if (rc < 0)
		kpu_classifier_free(made);
	else
		*classifier = made;
	return rc;
}

KPU_API int kpu_classifier_load(struct kpu_model *model, const char *path,
				struct kpu_classifier **classifier, struct kpu_error *error)
{
	struct kpu_error local;
	uint8_t *data;
	size_t size;
	int rc;

	if (!path || !classifier)
		return kpu_fail(error, KPU_ERR_PARAM, "path or classifier is NULL");
	*classifier = NULL;
	rc = kpu_file_read(path, FILE_BYTES_MAX, &data, &size, error);
	if (rc < 0)
		return rc;
	rc = kpu_classifier_parse(model, data, size, classifier, &local);
	free(data);
	if (rc < 0) {
		kpu_fail(error, -rc, "%s: %s", path, local.message);
		kpu_error_advise(error, "%s", local.next_step);
	}
	return rc;
}
