# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# One make for the whole project, not recursive: each folder adds its part in a build.mk.
#
#   make demo      install missing Debian packages, build, find objects in a photo through /dev/kpu0
#   make check     install missing Debian packages, build, run all tests
#   make help      everything else

O ?= build
# Sanitised build: make SAN=1 check-unit
ifeq ($(SAN),1)
override O := build/san
SAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

# make V=1 shows each command.
ifneq ($(V),1)
MAKEFLAGS += --silent
endif

TOP := $(CURDIR)
prefix ?= /usr/local
VERSION := 0.1.0

CC ?= gcc
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	    -Wpointer-arith -Wwrite-strings
CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) $(SAN_FLAGS)
CPPFLAGS := -D_GNU_SOURCE -I. -Iinclude -DKPU_VERSION='"$(VERSION)"'
LDFLAGS := $(SAN_FLAGS)
CHECK_LIBS = $(shell pkg-config --libs check) -lm

# Where tests find real models and vectors; tests that need them skip visibly without.
KPU_SHARED ?= $(abspath ../shared)
export KPU_SHARED

all_targets :=
test_programs :=
# Programs that are too slow with sanitizers; their code is part of others that run with them.
no_san_programs :=
test_scripts :=
bench_programs :=
fuzz_programs :=

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# The order matters only where a variable of one is used by another when make reads the file.
include $(wildcard link/build.mk kmodel/build.mk)
include $(wildcard utils/k210-emu/cpu/build.mk utils/k210-emu/kpu/build.mk)
include $(wildcard utils/k210-emu/build.mk firmware_k210/build.mk kernel/build.mk lib/build.mk)
include $(wildcard firmware_k210/first_stage/build.mk)
include $(wildcard utils/kpuctl/build.mk tools/*/build.mk examples/build.mk)
include $(sort $(wildcard tests/*/build.mk tests/unit/*/build.mk))
include $(wildcard docs/build.mk man/build.mk packaging/build.mk)
# Last: its prerequisites are what the others have registered.
include tests/build.mk

$(O)/%.o: %.c
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  CC      $@"
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell [ -d $(O) ] && find $(O) -name '*.d' -type f -not -path '*/modules/*' 2>/dev/null)

.PHONY: all deps demo check check-unit check-guest bench fuzz install clean distclean modules \
	firmware lint guest help models name-missing

all: name-missing $(all_targets)

# Before the first build, which would fail with a header that is not found.
name-missing:
	@missing=; [ -e $(O)/bin/kpuctl ] || missing=$$(tools/deps.sh --missing base 2>/dev/null); \
		[ -z "$$missing" ] || \
		echo "make: not installed, tools/deps.sh base does it:" $$missing >&2

# Installs what is missing, builds, runs the main job on an emulated board behind a stock kernel.
# MODEL=FILE.kmodel PHOTO=FILE take the place of the project's own detector and scene.
KERNEL ?= 6.1
demo: deps
	$(MAKE) all guest-programs guest-modules-$(KERNEL)
	KERNEL=$(KERNEL) MODEL='$(MODEL)' PHOTO='$(PHOTO)' tools/demo.sh

# Trains the networks of models/ anew; a developer's tool with packages of its own.
models:
	@tools/deps.sh base train
	$(MAKE) all $(model_tools)
	tools/train/run.sh

lint:
	@tools/deps.sh base guest lint
	tools/lint.sh

clean distclean:
	rm -rf build

help:
	@sed -n 's/^#   //p' Makefile
	@echo 'make deps       install the Debian packages for all but lint, fuzz and models'
	@echo 'make all        library, kpuctl, emulated board, firmware (no kernel modules)'
	@echo 'make modules    kernel modules for KDIR (default: the running kernel)'
	@echo 'make firmware   firmware image and its memory budget'
	@echo 'make check-unit tests without QEMU guests; SAN=1 for ASan and UBSan'
	@echo 'make check-guest tests of the driver in stock Debian 6.1 and 6.12 kernels'
	@echo 'make guest      shell in a guest with driver and emulated board (KERNEL=6.1|6.12)'
	@echo 'make bench      measurements of docs/performance.md'
	@echo 'make fuzz       fuzzers, 5 minutes each'
	@echo 'make lint       style and static checks'
	@echo 'make models     train the networks of models/ anew, less than half an hour'
	@echo 'make install    below prefix=$(prefix), staged in DESTDIR; make uninstall undoes it'
	@echo 'make install-dkms  the modules, built anew for each kernel;'
	@echo '                make uninstall-dkms undoes it'
	@echo 'make clean      remove build/, fetched kernels included'
