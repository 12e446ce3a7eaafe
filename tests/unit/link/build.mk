# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors

link_test_names := board_record codec commands session transactions hostile rates recovery \
	property spi spi_hostile
link_test_common := $(patsubst %,$(O)/tests/unit/link/%.o,line test_board damage)
link_test_programs := $(patsubst %,$(O)/tests/unit/link/test_%,$(link_test_names))

$(O)/tests/unit/link/test_codec: \
	$(patsubst %,$(O)/tests/unit/link/%.o,crc_tiny crc_small crc_board cobs_board)

$(O)/tests/unit/link/test_spi: $(O)/tests/unit/link/spi_bus.o

$(link_test_programs): %: %.o $(link_test_common) $(link_objects)
	$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS)

test_programs += $(link_test_programs)
