# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# libkpu: $(O)/lib/libkpu.so.0 with its links, $(O)/lib/libkpu.a. Needs libc and nothing else.

lib_sources := $(sort $(wildcard lib/*.c lib/boot/*.c))
lib_objects := $(patsubst %.c,$(O)/pic/%.o,$(lib_sources) $(link_sources) $(kmodel_sources))
libkpu_a := $(O)/lib/libkpu.a
libkpu_so := $(O)/lib/libkpu.so.0
libkpu_links := $(O)/lib/libkpu.so
all_targets += $(libkpu_a) $(libkpu_so) $(libkpu_links)

# No fused multiply-add: detections are the same bits on every host.
$(O)/pic/%.o: %.c
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  CC      $@"
	$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno \
		-MMD -MP -c -o $@ $<

$(libkpu_a): $(lib_objects)
	@mkdir -p $(@D)
	rm -f $@
	ar crs $@ $^

$(libkpu_so): $(lib_objects) lib/libkpu.map
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  LINK    $@"
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libkpu.so.0 $(if $(SAN),,-Wl,-z,defs) \
		-Wl,-z,relro,-z,now -Wl,--version-script=lib/libkpu.map -o $@ $(lib_objects) -pthread

$(libkpu_links): $(libkpu_so)
	ln -sf libkpu.so.0 $@
