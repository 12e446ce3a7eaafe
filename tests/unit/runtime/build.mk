# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# The firmware's runtime and server, compiled for the host for this purpose only.

runtime_test_firmware := $(patsubst %.c,$(O)/%.o,$(wildcard firmware_k210/runtime/*.c \
			     firmware_k210/runtime/layers/*.c firmware_k210/runtime/v4/*.c \
			     firmware_k210/server/*.c))
$(runtime_test_firmware): CFLAGS += -ffp-contract=off
runtime_test_objects := $(patsubst %.c,$(O)/%.o,$(wildcard tests/unit/runtime/*.c))

$(O)/tests/unit/runtime/test_runtime: $(runtime_test_objects) $(runtime_test_firmware) \
	$(kmodel_objects) $(link_objects) $(kpu_model_objects) $(kmodel_writer_objects) \
	$(O)/tests/shared_models.o
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) -lz

test_programs += $(O)/tests/unit/runtime/test_runtime
