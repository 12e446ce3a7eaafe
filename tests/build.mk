# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# make check: everything. The unit tests run twice, plain and with ASan and UBSan; the driver runs
# in QEMU guests. The last line is the sum.

tally := build/tests/tally
san_test_programs = $(patsubst $(O)/%,build/san/%,$(filter-out $(no_san_programs),$(test_programs)))

# As many at a time as there are processors. Those that take longest come first, lest the last one
# run alone.
JOBS ?= $(shell nproc)
run_tests = tests/run.sh --jobs $(JOBS)
build_jobs = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
long_tests := %/stream_test %/kpuctl.sh %/kpuctl_flash.sh %/test_board %/test_equivalence \
	%/test_models %/test_runtime %/firmware_test
long_first = $(filter $(long_tests),$1) $(filter-out $(long_tests),$1)

.PHONY: test-programs check-plain check-san

test-programs: $(test_programs)

check-plain: all $(test_programs)
	$(run_tests) --tally $(tally) $(call long_first,$(test_programs) $(test_scripts))

check-san: all
	$(MAKE) $(build_jobs) SAN=1 test-programs
	$(run_tests) --tally $(tally) $(call long_first,$(san_test_programs))

check-unit: deps-base
	@mkdir -p $(dir $(tally)); rm -f $(tally) $(tally).failures
	$(MAKE) $(build_jobs) all test-programs
	$(MAKE) check-plain
	$(MAKE) check-san
	@tests/run.sh --sum $(tally)

check: deps
	@mkdir -p $(dir $(tally)); rm -f $(tally) $(tally).failures
	$(MAKE) $(build_jobs) all test-programs
	$(MAKE) check-plain
	$(MAKE) check-san
	$(MAKE) check-guest
	@tests/run.sh --sum $(tally)

.PHONY: deps-base
deps-base:
	@tools/deps.sh base

deps:
	@tools/deps.sh base guest
