# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
$(O)/tests/unit/kmodel/test_kmodel: $(O)/tests/unit/kmodel/test_kmodel.o $(kmodel_objects) \
	$(disc_detector_objects)
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

test_programs += $(O)/tests/unit/kmodel/test_kmodel

$(O)/tests/unit/kmodel/test_kmodel_v4: $(O)/tests/unit/kmodel/test_kmodel_v4.o $(kmodel_objects) \
	$(generated_objects)
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

test_programs += $(O)/tests/unit/kmodel/test_kmodel_v4

$(O)/tests/unit/kmodel/test_measure: $(O)/tests/unit/kmodel/test_measure.o $(kmodel_objects) \
	$(disc_detector_objects) $(O)/tests/shared_models.o
	$(CC) $(LDFLAGS) -o $@ $^ -lz $(CHECK_LIBS)

test_programs += $(O)/tests/unit/kmodel/test_measure
