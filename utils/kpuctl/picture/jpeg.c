/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>
#include <libexif/exif-data.h>

#include "utils/kpuctl/failure.h"
#include "utils/kpuctl/picture/picture.h"

#define EXIF_MARKER (JPEG_APP0 + 1)

/* libjpeg reports by callbacks; errors come back through the jump. */
struct decoder {
	struct jpeg_error_mgr manager;
	jmp_buf failed;
	char message[JMSG_LENGTH_MAX];
};

static void on_error(j_common_ptr info)
{
	struct decoder *decoder = (struct decoder *)info->err;

	info->err->format_message(info, decoder->message);
	longjmp(decoder->failed, 1);
}

/*
 * Warnings mean damaged data: half a picture is not worth detecting in. But bytes between two
 * segments, as webcams leave, harm nothing.
 */
static void on_message(j_common_ptr info, int level)
{
	if (level < 0 && info->err->msg_code != JWRN_EXTRANEOUS_DATA)
		on_error(info);
}

static void silent(j_common_ptr info)
{
	(void)info;
}

static bool is_exif(const struct jpeg_marker_struct *marker)
{
	return marker->marker == EXIF_MARKER && marker->data_length > 6 &&
	       !memcmp(marker->data, "Exif\0", 6);
}

/* How the camera was held; 0: not known. */
static unsigned orientation(const struct jpeg_decompress_struct *jpeg)
{
	const struct jpeg_marker_struct *marker = jpeg->marker_list;
	unsigned value = 0;
	ExifEntry *entry;
	ExifData *exif;

	while (marker && !is_exif(marker))
		marker = marker->next;
	exif = marker ? exif_data_new_from_data(marker->data, marker->data_length) : NULL;
	if (!exif)
		return 0;
	entry = exif_content_get_entry(exif->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
	if (entry && entry->format == EXIF_FORMAT_SHORT && entry->size >= 2)
		value = exif_get_short(entry->data, exif_data_get_byte_order(exif));
	exif_data_unref(exif);
	return value;
}

/* Four inks, which libjpeg does not turn into red, green and blue. */
static bool is_for_printing(const struct jpeg_decompress_struct *jpeg)
{
	return jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
}

static int refuse_inks(struct kpu_error *error)
{
	fail(error, KPU_ERR_BAD_IMAGE, "a JPEG for printing, in CMYK");
	snprintf(error->next_step, sizeof(error->next_step), "convert it to RGB");
	return -KPU_ERR_BAD_IMAGE;
}

static int decode(struct jpeg_decompress_struct *jpeg, const uint8_t *data, size_t size,
		  struct picture *picture, struct kpu_error *error)
{
	int rc;

	unsigned turned;

	jpeg_mem_src(jpeg, data, size);
	jpeg_save_markers(jpeg, EXIF_MARKER, 65535);
	jpeg_read_header(jpeg, TRUE);
	if (is_for_printing(jpeg))
		return refuse_inks(error);
	jpeg->out_color_space = JCS_RGB;
	turned = orientation(jpeg);
	rc = picture_allocate(picture, jpeg->image_width, jpeg->image_height, error);
	if (rc < 0)
		return rc;
	jpeg_start_decompress(jpeg);
	while (jpeg->output_scanline < jpeg->output_height) {
		JSAMPROW row = picture->rgb + (size_t)jpeg->output_scanline * picture->width * 3;

		jpeg_read_scanlines(jpeg, &row, 1);
	}
	jpeg_finish_decompress(jpeg);
	return picture_turn(picture, turned, error);
}

int picture_decode_jpeg(const uint8_t *data, size_t size, struct picture *picture,
			struct kpu_error *error)
{
	struct jpeg_decompress_struct jpeg;
	struct decoder decoder = { .message = "" };
	int rc;

	jpeg.err = jpeg_std_error(&decoder.manager);
	decoder.manager.error_exit = on_error;
	decoder.manager.emit_message = on_message;
	decoder.manager.output_message = silent;
	jpeg_create_decompress(&jpeg);
	if (setjmp(decoder.failed))
		rc = fail(error, KPU_ERR_BAD_IMAGE, "damaged JPEG: %.150s", decoder.message);
	else
		rc = decode(&jpeg, data, size, picture, error);
	jpeg_destroy_decompress(&jpeg);
	return rc;
}
