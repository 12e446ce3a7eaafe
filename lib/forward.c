/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Synchronous runs: a job, waited for. */
#include "lib/api.h"
#include "lib/object.h"

KPU_API int kpu_forward_targets(struct kpu_model *model, const void *input, size_t size,
				const struct kpu_run_options *options, struct kpu_result **result)
{
	struct kpu_job *job;
	int rc;

	if (!model || !input || !result)
		return kpu_device_null(model ? model->device : NULL);
	*result = NULL;
	rc = kpu_submit(model, input, size, options, &job);
	if (rc < 0)
		return rc;
	rc = kpu_job_wait(job, -1, result);
	kpu_job_free(job);
	return rc;
}

KPU_API int kpu_forward(struct kpu_model *model, const void *input, size_t size,
			struct kpu_result **result)
{
	return kpu_forward_targets(model, input, size, NULL, result);
}

static int forward_one(struct kpu_model *model, const void *input, size_t size,
		       struct kpu_target target, uint32_t layer_count, struct kpu_result **result)
{
	struct kpu_run_options options = {
		.targets = &target,
		.target_count = 1,
		.layer_count = layer_count,
	};

	return kpu_forward_targets(model, input, size, &options, result);
}

KPU_API int kpu_forward_output(struct kpu_model *model, const void *input, size_t size,
			       uint32_t index, struct kpu_result **result)
{
	struct kpu_target target = { KPU_TARGET_OUTPUT, index };

	return forward_one(model, input, size, target, 0, result);
}

KPU_API int kpu_forward_layer(struct kpu_model *model, const void *input, size_t size,
			      uint32_t end_layer, struct kpu_result **result)
{
	struct kpu_target target = { KPU_TARGET_LAYER, end_layer };

	/* That many layers no model has; it is the target that is refused. */
	return forward_one(model, input, size, target, end_layer + 1, result);
}

KPU_API int kpu_yolo2_run(const struct kpu_yolo2 *yolo2, struct kpu_model *model, const void *input,
			  size_t size, struct kpu_detections **detections)
{
	struct kpu_tensor_info net;
	struct kpu_result *result;
	struct kpu_tensor tensor;
	struct kpu_error error;
	int rc;

	if (!yolo2 || !model || !detections)
		return kpu_device_null(model ? model->device : NULL);
	*detections = NULL;
	kpu_model_shape(model, 0, &tensor.info);
	rc = kpu_yolo2_check(yolo2, &tensor.info, &error);
	if (rc < 0)
		return kpu_device_note(model->device, rc, &error);
	rc = kpu_network_input(model->network, 0, &net);
	if (rc == 0)
		rc = kpu_forward_output(model, input, size, 0, &result);
	if (rc < 0)
		return rc;
	rc = kpu_result_tensor(result, 0, &tensor);
	if (rc == 0)
		rc = kpu_yolo2_decode(yolo2, &tensor, net.width, net.height, detections);
	kpu_result_free(result);
	if (rc < 0)
		return kpu_device_fail(model->device, -rc, "%s", kpu_strerror(rc));
	return 0;
}
