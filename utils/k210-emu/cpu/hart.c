/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Construction, reset and inspection. */
#include <stdlib.h>

#include "utils/k210-emu/cpu/core.h"

#define ADDRESS_SPACE ((uint64_t)1 << 32)

static bool regions_valid(const struct hart_config *config)
{
	for (size_t i = 0; i < config->region_count; i++) {
		const struct hart_memory_region *region = &config->regions[i];

		if (region->base % PAGE_BYTES || region->size % PAGE_BYTES || !region->host ||
		    region->base >= ADDRESS_SPACE || region->size > ADDRESS_SPACE - region->base)
			return false;
	}
	return true;
}

static void map_region(struct hart *hart, const struct hart_memory_region *region)
{
	for (uint64_t at = 0; at < region->size; at += PAGE_BYTES) {
		uint32_t page = page_number(region->base + at);

		hart->load_page[page] = region->host + at;
		hart->store_page[page] = region->host + at;
		if (region->uncached)
			hart->uncached[page >> 3] |= (uint8_t)(1u << (page & 7));
	}
}

struct hart *hart_new(const struct hart_config *config)
{
	struct hart *hart;

	if (!regions_valid(config))
		return NULL;
	hart = calloc(1, sizeof(*hart));
	if (!hart)
		return NULL;
	hart->config = *config;
	/* Large, but zero pages that are never touched cost no memory. */
	hart->load_page = calloc(PAGE_COUNT, sizeof(*hart->load_page));
	hart->store_page = calloc(PAGE_COUNT, sizeof(*hart->store_page));
	hart->code = calloc(PAGE_COUNT, sizeof(*hart->code));
	hart->uncached = calloc(PAGE_COUNT / 8, 1);
	if (!hart->load_page || !hart->store_page || !hart->code || !hart->uncached) {
		hart_free(hart);
		return NULL;
	}
	for (size_t i = 0; i < config->region_count; i++)
		map_region(hart, &config->regions[i]);
	hart_reset(hart, 0);
	return hart;
}

void hart_free(struct hart *hart)
{
	if (!hart)
		return;
	if (hart->peer && hart->peer->peer == hart)
		hart->peer->peer = NULL;
	code_free(hart);
	free(hart->load_page);
	free(hart->store_page);
	free(hart->code);
	free(hart->uncached);
	free(hart);
}

void hart_reset(struct hart *hart, uint64_t pc)
{
	memset(hart->x, 0, sizeof(hart->x));
	memset(hart->f, 0, sizeof(hart->f));
	hart->pc = pc & ~(uint64_t)1;
	hart->in_wfi = false;
	hart->mie_enabled = false;
	hart->mpie = false;
	hart->fs = FP_OFF;
	hart->frm = 0;
	hart->fflags = 0;
	hart->mie = 0;
	hart->mtvec = 0;
	hart->mepc = 0;
	hart->mcause = 0;
	hart->mtval = 0;
	hart->mscratch = 0;
	hart->mcycle_offset = 0;
	hart->minstret_offset = 0;
	hart->reserved_line = NULL;
	hart->spin = (struct spin_history){ .slice_pc = ~(uint64_t)0 };
	code_drop_all(hart);
}

void hart_leave_boot_program(struct hart *hart, uint64_t trap_vector, uint64_t enabled_interrupts)
{
	hart->mtvec = trap_vector & ~(uint64_t)3;
	hart->mie = enabled_interrupts;
	hart->fs = FP_DIRTY;
}

void hart_set_cycles(struct hart *hart, uint64_t cycles)
{
	hart->cycles_end = cycles + hart->remaining;
}

uint64_t hart_cycles(const struct hart *hart)
{
	return cycles_now(hart);
}

unsigned hart_id(const struct hart *hart)
{
	return hart->config.id;
}

uint64_t hart_pc(const struct hart *hart)
{
	return hart->pc;
}

uint64_t hart_instruction_count(const struct hart *hart)
{
	return hart->instructions_end - hart->remaining;
}

bool hart_in_wfi(const struct hart *hart)
{
	return hart->in_wfi;
}

uint64_t hart_read_x(const struct hart *hart, unsigned index)
{
	return index < 32 ? hart->x[index] : 0;
}

void hart_write_x(struct hart *hart, unsigned index, uint64_t value)
{
	if (index > 0 && index < 32)
		hart->x[index] = value;
}

uint64_t hart_read_f(const struct hart *hart, unsigned index)
{
	return index < 32 ? hart->f[index] : 0;
}

void hart_write_f(struct hart *hart, unsigned index, uint64_t value)
{
	if (index < 32)
		hart->f[index] = value;
}
