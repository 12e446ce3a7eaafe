# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# Writer of kmodels, for tests and for the project's own networks.
kmodel_writer_objects := $(patsubst %,$(O)/tools/kmodel/%.o,buffer layer_words nodes_v4 tables \
			   writer writer_v4)
disc_detector_objects := $(O)/tools/kmodel/disc_detector.o $(kmodel_writer_objects)

$(O)/bin/make_demo: $(O)/tools/kmodel/make_demo.o $(disc_detector_objects)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lpng

# Model and photo for a demo that has nothing else.
demo_model := $(O)/demo/discs.kmodel
demo_photo := $(O)/demo/discs.png
demo_side := $(O)/demo/discs.json
$(demo_model) $(demo_side) $(demo_photo) &: $(O)/bin/make_demo
	@mkdir -p $(O)/demo
	$< $(demo_model) $(demo_side) $(demo_photo)

all_targets += $(demo_model) $(demo_side) $(demo_photo)
