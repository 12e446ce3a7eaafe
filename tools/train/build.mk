# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
# Pictures to train and to measure with. Training itself: `make models`.
scene_objects := $(patsubst %,$(O)/tools/train/%.o,glyphs measure scene)

model_tools := $(patsubst %,$(O)/bin/%,make_data make_samples measure_models quantizer)

# The same pictures on every machine: no fused multiply-add.
$(scene_objects): CFLAGS += -ffp-contract=off

$(O)/bin/make_data: $(O)/tools/train/make_data.o $(scene_objects) $(libkpu_a)
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  LINK    $@"
	$(CC) $(LDFLAGS) -o $@ $^ -lpng $(libkpu_libs) -lm

# With the reader of side files.
$(O)/bin/measure_models: $(O)/tools/train/measure_models.o $(scene_objects) \
		$(detector_objects) $(libkpu_a)
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  LINK    $@"
	$(CC) $(LDFLAGS) -o $@ $^ -lpng -ljson-c $(libkpu_libs) -lm

$(O)/bin/make_samples: $(O)/tools/train/make_samples.o $(scene_objects) $(libkpu_a)
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  LINK    $@"
	$(CC) $(LDFLAGS) -o $@ $^ -lpng $(libkpu_libs) -lm

# What the demo takes when it is given nothing; the guest sees this folder.
demo_files := \
	$(patsubst %,$(O)/demo/%,digits-detector-v3.kmodel digits-detector-v3.json scene-1.png)
$(O)/demo/%: models/%
	@mkdir -p $(@D)
	cp -L $< $@
$(O)/demo/%: models/samples/%
	@mkdir -p $(@D)
	cp -L $< $@
all_targets += $(demo_files)
