# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# A fuzz target NAME is tests/fuzz/NAME_fuzz.c with a corpus in tests/fuzz/corpus/NAME and the
# sources NAME_fuzz_sources; NAME_fuzz_libs is what it links with, NAME_fuzz_seeds a folder of seeds
# that are written by the build, from the target NAME_fuzz_seeds/made. `make fuzz` runs
# build/.../NAME_fuzz (libFuzzer), `make check` replays the corpus and fixed mutations of it.

FUZZ_CC ?= clang-14
FUZZ_FLAGS := -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

fuzz_names := link kmodel stream package gallery library
link_fuzz_sources := $(link_sources)
# The runtime as the firmware has it.
runtime_fuzz_sources := tests/fuzz/runtime_board.c $(filter-out link/host%,$(link_sources)) \
		       $(kmodel_sources) \
		       $(wildcard firmware_k210/runtime/*.c firmware_k210/runtime/*/*.c)
kmodel_fuzz_sources := $(runtime_fuzz_sources)
kmodel_fuzz_seeds := $(O)/tests/fuzz/seeds/kmodel
kmodel_replay_flags := -DREPLAY_MUTATIONS=40000u
# The same models from a flash that changes.
stream_fuzz_sources := $(runtime_fuzz_sources) tests/unit/runtime/flash_cells.c
stream_fuzz_seeds := $(kmodel_fuzz_seeds)
stream_replay_flags := -DREPLAY_MUTATIONS=40000u

$(O)/tests/fuzz/kmodel_seeds: $(O)/tests/fuzz/kmodel_seeds.o $(generated_objects)
	$(CC) $(LDFLAGS) -o $@ $^ -lm

$(kmodel_fuzz_seeds)/made: $(O)/tests/fuzz/kmodel_seeds
	@mkdir -p $(@D)
	$< $(@D)
	@touch $@

# Files on the host: packages and galleries of kpuctl, models and classifiers of the library.
package_fuzz_sources := $(patsubst %,utils/kpuctl/%.c,failure flash/list models/package) \
			kmodel/identify.c lib/error.c
package_fuzz_libs := -lzip -ljson-c
package_fuzz_seeds := $(O)/tests/fuzz/seeds/package
gallery_fuzz_sources := $(patsubst %,utils/kpuctl/%.c,failure models/gallery) link/crc.c lib/error.c
gallery_fuzz_seeds := $(O)/tests/fuzz/seeds/gallery
library_fuzz_sources := $(lib_sources) $(link_sources) $(kmodel_sources)
library_fuzz_libs := -pthread
library_fuzz_seeds := $(O)/tests/fuzz/seeds/library

$(O)/tests/fuzz/file_seeds: $(O)/tests/fuzz/file_seeds.o $(generated_objects) \
		$(O)/utils/kpuctl/models/gallery.o $(O)/utils/kpuctl/failure.o $(libkpu_a)
	$(CC) $(LDFLAGS) -o $@ $^ -lzip $(libkpu_libs) -lm

$(package_fuzz_seeds)/made $(gallery_fuzz_seeds)/made $(library_fuzz_seeds)/made: \
		$(O)/tests/fuzz/seeds/%/made: $(O)/tests/fuzz/file_seeds
	@mkdir -p $(@D)
	$< $* $(@D)
	@touch $@

comma := ,

define fuzz_rules
$(O)/tests/fuzz/$(1)_fuzz: tests/fuzz/$(1)_fuzz.c tests/fuzz/fuzz.h $$($(1)_fuzz_sources) \
		$$($(1)_fuzz_seeds:%=%/made)
	@mkdir -p $$(@D)
	$(FUZZ_CC) $(CPPFLAGS) -std=gnu11 $(FUZZ_FLAGS) -o $$@ $$(filter %.c,$$^) $$($(1)_fuzz_libs)

$(O)/tests/fuzz/$(1)_replay.o: tests/fuzz/replay.c tests/fuzz/fuzz.h
	@mkdir -p $$(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $$($(1)_replay_flags) -c -o $$@ $$< \
		-DREPLAY_CORPUS='"tests/fuzz/corpus/$(1)"$$($(1)_fuzz_seeds:%=$$(comma)"%")'

$(O)/tests/fuzz/$(1)_replay: $(O)/tests/fuzz/$(1)_replay.o $(O)/tests/fuzz/$(1)_fuzz.o \
		$$(patsubst %.c,$(O)/%.o,$$($(1)_fuzz_sources)) | $$($(1)_fuzz_seeds:%=%/made)
	$(CC) $(LDFLAGS) -o $$@ $$^ $$($(1)_fuzz_libs) $(CHECK_LIBS)

fuzz_programs += $(O)/tests/fuzz/$(1)_fuzz
test_programs += $(O)/tests/fuzz/$(1)_replay
endef

$(foreach name,$(fuzz_names),$(eval $(call fuzz_rules,$(name))))

# What a fuzzer finds stays in its folder: crashes as files named crash-*, new inputs beside them.
FUZZ_SECONDS ?= 300

define run_fuzzer
mkdir -p $(O)/tests/fuzz/found/$(1)
$(O)/tests/fuzz/$(1)_fuzz -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
	-artifact_prefix=$(O)/tests/fuzz/found/$(1)/ $(O)/tests/fuzz/found/$(1) \
	$(wildcard tests/fuzz/corpus/$(1)) $($(1)_fuzz_seeds)

endef

fuzz: $(fuzz_programs)
	$(foreach name,$(fuzz_names),$(call run_fuzzer,$(name)))
