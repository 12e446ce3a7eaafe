# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
#
# lib/ready_line.c against both versions of libgpiod, and without. The fake of the version that is
# installed is compiled with its real header; the other one's has a header of its own.
ready_line_tests := $(patsubst %,$(O)/tests/unit/spi/test_ready_line_%,0 1 2)
ready_line_test_sources := lib/ready_line.c lib/error.c \
			   $(patsubst %,tests/unit/spi/%.c,test_ready_line fake_chip)

# VERSION, or 0
define ready_line_test
$(O)/tests/unit/spi/$(1)/%.o: CPPFLAGS += -DKPU_GPIOD_API=$(1) \
	$(if $(filter $(1),$(gpiod_api)),$(gpiod_cflags),-Itests/unit/spi/gpiod$(1))

$(O)/tests/unit/spi/$(1)/%.o: %.c $(gpiod_stamp)
	@mkdir -p $$(@D)
	@[ "$$(V)" = 1 ] || echo "  CC      $$@"
	$$(CC) $$(CPPFLAGS) $$(CFLAGS) -MMD -MP -c -o $$@ $$<

$(O)/tests/unit/spi/test_ready_line_$(1): \
		$(patsubst %.c,$(O)/tests/unit/spi/$(1)/%.o,$(ready_line_test_sources) \
			$(if $(filter 0,$(1)),,tests/unit/spi/fake_gpiod$(1).c))
	$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(CHECK_LIBS)
endef

$(foreach version,0 1 2,$(eval $(call ready_line_test,$(version))))

test_programs += $(ready_line_tests)

spidev_test_objects := $(patsubst %,$(O)/tests/unit/spi/spidev/%.o,lib/spi_port_linux lib/error \
	link/spi_frame link/crc link/packet tests/unit/spi/test_spidev)
$(spidev_test_objects): CPPFLAGS += -Dioctl=fake_ioctl \
	-DBUFFER_SIZE_FILE='"$(O)/tests/unit/spi/spidev/bufsiz"'

$(O)/tests/unit/spi/spidev/%.o: %.c
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  CC      $@"
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/tests/unit/spi/test_spidev: $(spidev_test_objects)
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

test_programs += $(O)/tests/unit/spi/test_spidev
