# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# libkpu: $(O)/lib/libkpu.so.0 with its links, $(O)/lib/libkpu.a. Needs libc, and libgpiod for spi:.

# The API of libgpiod changed with version 2. Without libgpiod all but spi: is built.
gpiod_version := $(shell pkg-config --modversion libgpiod 2>/dev/null)
gpiod_api := $(filter 1 2,$(firstword $(subst ., ,$(gpiod_version))))
# When libgpiod comes or goes, what knows of it is made anew.
gpiod_stamp := $(O)/lib/gpiod_api_$(or $(gpiod_api),0)
gpiod_cflags := $(if $(gpiod_api),$(shell pkg-config --cflags libgpiod))
# What programs with libkpu.a have to be linked with as well.
libkpu_libs := $(if $(gpiod_api),$(shell pkg-config --libs libgpiod)) -pthread

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

$(O)/pic/lib/ready_line.o: $(gpiod_stamp)
$(O)/pic/lib/ready_line.o: CPPFLAGS += -DKPU_GPIOD_API=$(or $(gpiod_api),0) $(gpiod_cflags)

$(gpiod_stamp):
	@mkdir -p $(@D)
	@rm -f $(@D)/gpiod_api_*
	@touch $@

$(libkpu_a): $(lib_objects)
	@mkdir -p $(@D)
	rm -f $@
	ar crs $@ $^

$(libkpu_so): $(lib_objects) lib/libkpu.map
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  LINK    $@"
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libkpu.so.0 $(if $(SAN),,-Wl,-z,defs) \
		-Wl,-z,relro,-z,now -Wl,--version-script=lib/libkpu.map -o $@ $(lib_objects) \
		$(libkpu_libs)

$(libkpu_links): $(libkpu_so)
	ln -sf libkpu.so.0 $@
