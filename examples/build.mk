# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
example_programs := $(patsubst %.c,$(O)/%,$(sort $(wildcard examples/*.c)))
all_targets += $(example_programs)

$(O)/examples/%: $(O)/examples/%.o $(libkpu_so) $(libkpu_links)
	@[ "$(V)" = 1 ] || echo "  LINK    $@"
	$(CC) $(LDFLAGS) -Wl,-rpath,'$$ORIGIN/../lib' -o $@ $< -L$(O)/lib -Wl,--as-needed -lkpu -lm
