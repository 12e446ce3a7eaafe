# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# make check: everything. The unit tests run twice, plain and with ASan and UBSan; the driver runs in
# QEMU guests. The last line is the sum.

tally := build/tests/tally
san_test_programs = $(patsubst $(O)/%,build/san/%,$(filter-out $(no_san_programs),$(test_programs)))

.PHONY: test-programs check-plain check-san

test-programs: $(test_programs)

check-plain: all $(test_programs)
	tests/run.sh --tally $(tally) $(test_programs) $(test_scripts)

check-san: all
	$(MAKE) SAN=1 test-programs
	tests/run.sh --tally $(tally) $(san_test_programs)

check-unit: deps-base
	@mkdir -p $(dir $(tally)); rm -f $(tally)
	$(MAKE) check-plain
	$(MAKE) check-san
	@tests/run.sh --sum $(tally)

check: deps
	@mkdir -p $(dir $(tally)); rm -f $(tally)
	$(MAKE) check-plain
	$(MAKE) check-san
	$(MAKE) check-guest
	@tests/run.sh --sum $(tally)

.PHONY: deps-base
deps-base:
	@tools/deps.sh base

deps:
	@tools/deps.sh base guest
