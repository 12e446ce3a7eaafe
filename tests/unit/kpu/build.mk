# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors

kpu_test_names := test_reference test_equivalence test_layer_check test_models
kpu_test_programs := $(addprefix $(O)/tests/unit/kpu/, $(kpu_test_names))
test_programs += $(kpu_test_programs)

$(O)/tests/unit/kpu/test_models: $(O)/tests/shared_models.o

$(kpu_test_programs): %: %.o $(O)/tests/unit/kpu/layer_builder.o $(kpu_model_objects)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) -lz
