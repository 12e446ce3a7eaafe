# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# Writer of kmodels, for tests and for the project's own networks.
kmodel_writer_objects := $(patsubst %,$(O)/tools/kmodel/%.o,buffer layer_words nodes_v4 tables \
			   writer writer_v4)
quantizer_objects := $(patsubst %,$(O)/tools/kmodel/%.o,calibrate network network_run quantize \
		       quantized_file) $(kmodel_writer_objects)
disc_detector_objects := $(O)/tools/kmodel/disc_detector.o $(kmodel_writer_objects)

$(O)/bin/make_demo: $(O)/tools/kmodel/make_demo.o $(disc_detector_objects)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lpng

# Trained networks become kmodels; developers use it through `make models`.
$(O)/bin/quantizer: $(O)/tools/kmodel/quantizer.o $(quantizer_objects)
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  LINK    $@"
	$(CC) $(LDFLAGS) -o $@ $^ -lm

# Model and photo for a demo that has nothing else.
demo_model := $(O)/demo/discs.kmodel
demo_photo := $(O)/demo/discs.png
demo_side := $(O)/demo/discs.json
$(demo_model) $(demo_side) $(demo_photo) &: $(O)/bin/make_demo
	@mkdir -p $(O)/demo
	$< $(demo_model) $(demo_side) $(demo_photo)

all_targets += $(demo_model) $(demo_side) $(demo_photo)
