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
