/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cpu/machine.h"

struct machine *machine;

static void note_access(struct hart *hart, uint64_t address, unsigned size)
{
	machine->last_address = address;
	machine->last_size = size;
	machine->cycles_seen = hart_cycles(hart);
	machine->pc_seen = hart_pc(hart);
	if (machine->on_access)
		machine->on_access(machine, hart);
}

static bool device_load(void *context, struct hart *hart, uint64_t address, unsigned size,
			uint64_t *value)
{
	ck_assert_ptr_eq(context, machine);
	if (address < DEVICE || address >= DEVICE + DEVICE_BYTES)
		return false;
	machine->loads++;
	*value = machine->device_value;
	note_access(hart, address, size);
	return true;
}

static bool device_store(void *context, struct hart *hart, uint64_t address, unsigned size,
			 uint64_t value)
{
	ck_assert_ptr_eq(context, machine);
	if (address < DEVICE || address >= DEVICE + DEVICE_BYTES)
		return false;
	machine->stores++;
	machine->last_value = value;
	note_access(hart, address, size);
	return true;
}

static void guest_error(void *context, struct hart *hart, const char *text)
{
	(void)hart;
	ck_assert_ptr_eq(context, machine);
	machine->errors++;
	snprintf(machine->last_error, sizeof(machine->last_error), "%s", text);
}

void machine_setup(void)
{
	machine = calloc(1, sizeof(*machine));
	ck_assert_ptr_nonnull(machine);
	machine->regions[0] = (struct hart_memory_region){ .base = BASE,
							   .size = MEMORY_BYTES,
							   .host = machine->memory };
	machine->regions[1] = (struct hart_memory_region){
		.base = UNCACHED, .size = MEMORY_BYTES, .host = machine->memory, .uncached = true
	};
	machine->bus = (struct hart_bus){ .context = machine,
					  .load = device_load,
					  .store = device_store,
					  .guest_error = guest_error };
	for (unsigned i = 0; i < 2; i++) {
		const struct hart_config config = { .id = i,
						    .bus = &machine->bus,
						    .regions = machine->regions,
						    .region_count = 2 };

		machine->hart[i] = hart_new(&config);
		ck_assert_ptr_nonnull(machine->hart[i]);
		hart_reset(machine->hart[i], BASE);
	}
	hart_set_peer(machine->hart[0], machine->hart[1]);
}

void machine_teardown(void)
{
	hart_free(machine->hart[0]);
	hart_free(machine->hart[1]);
	free(machine);
	machine = NULL;
}

static uint8_t *host_of(uint64_t address)
{
	ck_assert_uint_ge(address, BASE);
	ck_assert_uint_le(address, BASE + MEMORY_BYTES - 4);
	return machine->memory + (address - BASE);
}

void machine_poke_word(uint64_t address, uint32_t value)
{
	memcpy(host_of(address), &value, sizeof(value));
}

uint32_t machine_read_word(uint64_t address)
{
	uint32_t value;

	memcpy(&value, host_of(address), sizeof(value));
	return value;
}

void machine_write_words(uint64_t address, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		machine_poke_word(address + 4 * i, words[i]);
	hart_memory_written(machine->hart[0], host_of(address), 4 * count);
}

void run(uint64_t count)
{
	enum hart_stop stop;

	ck_assert_uint_eq(hart_run(machine->hart[0], count, &stop), count);
	ck_assert_int_eq(stop, HART_STOP_BUDGET);
}

uint64_t csr(unsigned number)
{
	uint64_t value = 0;

	ck_assert(hart_read_csr(machine->hart[0], number, &value));
	return value;
}

uint64_t x(unsigned index)
{
	return hart_read_x(machine->hart[0], index);
}

void set_x(unsigned index, uint64_t value)
{
	hart_write_x(machine->hart[0], index, value);
}

/* Moves pc without losing state: the only way from outside is a jump. */
static void jump_to(uint64_t address)
{
	uint64_t saved = x(A5);
	uint64_t here = hart_pc(machine->hart[0]);

	if (here == address)
		return;
	ck_assert_uint_ge(here, BASE);
	PROGRAM(here, rv_jalr(ZERO, A5, 0));
	set_x(A5, address);
	run(1);
	set_x(A5, saved);
}

void step(uint32_t instruction)
{
	jump_to(BASE);
	PROGRAM(BASE, instruction);
	run(1);
}

void write_csr(unsigned number, uint64_t value)
{
	uint64_t saved = x(A5);

	set_x(A5, value);
	step(rv_csrrw(ZERO, number, A5));
	set_x(A5, saved);
}
