/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Code that changes: by its own stores, the peer's, another agent's, through every alias. */
#include <string.h>

#include "tests/unit/cpu/machine.h"
#include "tests/unit/cpu/suites.h"

#define FUNCTION  (BASE + 0x1000)
#define PEER_CODE (BASE + 0x6000)

/* Calls FUNCTION from BASE; returns a0. */
static uint64_t call_function(void)
{
	struct hart *hart = machine->hart[0];

	hart_reset(hart, BASE);
	set_x(A4, FUNCTION);
	run(3);
	ck_assert_uint_eq(hart_pc(hart), BASE + 4);
	return x(A0);
}

static void prepare(void)
{
	PROGRAM(BASE, rv_jalr(RA, A4, 0));
	PROGRAM(FUNCTION, rv_addi(A0, ZERO, 1), rv_jalr(ZERO, RA, 0));
	ck_assert_uint_eq(call_function(), 1);
}

/* hart_reset() would drop everything by itself, so here the function is called without it. */
static uint64_t call_again(void)
{
	struct hart *hart = machine->hart[0];

	/* The harness rewinds with the jump that stands at BASE + 4. */
	run(1);
	ck_assert_uint_eq(hart_pc(hart), BASE);
	run(3);
	return x(A0);
}

static void prepare_loop(void)
{
	prepare();
	PROGRAM(BASE + 4, rv_jal(ZERO, -4));
	ck_assert_uint_eq(call_again(), 1);
}

START_TEST(test_memory_written)
{
	prepare_loop();
	machine_poke_word(FUNCTION, rv_addi(A0, ZERO, 2));
	hart_memory_written(machine->hart[0], machine->memory + 0x1000, 4);
	ck_assert_uint_eq(call_again(), 2);
	/* A large range, told to the other hart. */
	machine_poke_word(FUNCTION, rv_addi(A0, ZERO, 3));
	hart_memory_written(machine->hart[1], machine->memory, MEMORY_BYTES);
	ck_assert_uint_eq(call_again(), 3);
}
END_TEST

/* Host writes behind the hart's back become visible with fence.i at the latest. */
START_TEST(test_fence_i)
{
	prepare_loop();
	machine_poke_word(FUNCTION, rv_addi(A0, ZERO, 9));
	PROGRAM(BASE + 4, RV_FENCE_I, rv_jal(ZERO, -8));
	run(2);
	run(3);
	ck_assert_uint_eq(x(A0), 9);
}
END_TEST

static void peer_store(uint64_t address, uint32_t value)
{
	struct hart *peer = machine->hart[1];
	enum hart_stop stop;

	/* The peer's own code stays decoded, so that its stores have every chance to be fast. */
	if (hart_pc(peer) != PEER_CODE) {
		PROGRAM(PEER_CODE, rv_sw(A1, A0, 0), rv_jal(ZERO, -4));
		hart_reset(peer, PEER_CODE);
	}
	hart_write_x(peer, A0, address);
	hart_write_x(peer, A1, value);
	ck_assert_uint_eq(hart_run(peer, 2, &stop), 2);
}

START_TEST(test_peer_stores)
{
	/* Make the page's stores fast on the peer before the code is decoded. */
	peer_store(FUNCTION + 0x800, 1);
	peer_store(FUNCTION + 0x800, 2);
	prepare_loop();
	peer_store(FUNCTION, rv_addi(A0, ZERO, 4));
	ck_assert_uint_eq(call_again(), 4);
	/* A store elsewhere in the page must not make the next one go unseen. */
	peer_store(FUNCTION + 0x800, 3);
	peer_store(UNCACHED + 0x1000, rv_addi(A0, ZERO, 5));
	ck_assert_uint_eq(call_again(), 5);
	/* After the page held no code for a while. */
	peer_store(FUNCTION, rv_addi(A0, ZERO, 6));
	for (unsigned i = 0; i < 10; i++)
		peer_store(FUNCTION + 0x800, i);
	ck_assert_uint_eq(call_again(), 6);
	peer_store(FUNCTION + 0x800, 3);
	peer_store(FUNCTION, rv_addi(A0, ZERO, 7));
	ck_assert_uint_eq(call_again(), 7);
}
END_TEST

/* Stores a new instruction over one that is about to run, many times, in the same line. */
START_TEST(test_self_modifying_loop)
{
	set_x(A1, rv_addi(A0, A0, 1));
	set_x(A2, 0x00100000); /* one more in the immediate */
	set_x(A3, BASE);
	PROGRAM(BASE, rv_add(A1, A1, A2), rv_sw(A1, A3, 8), 0 /* patched */, rv_addi(A4, A4, 1),
		rv_jal(ZERO, -16));
	run(5 * 100);
	ck_assert_uint_eq(x(A4), 100);
	/* Immediates 2 to 101. */
	ck_assert_uint_eq(x(A0), 101 * 102 / 2 - 1);
}
END_TEST

/* Executing through both aliases and storing through either. */
START_TEST(test_aliases)
{
	prepare_loop();
	set_x(A4, UNCACHED + 0x1000);
	run(1);
	run(3);
	ck_assert_uint_eq(x(A0), 1);
	peer_store(FUNCTION, rv_addi(A0, ZERO, 8));
	ck_assert_uint_eq(call_again(), 8);
	set_x(A4, FUNCTION);
	ck_assert_uint_eq(call_again(), 8);
}
END_TEST

/* A wide instruction across two pages; then each half is changed alone. */
START_TEST(test_page_crossing)
{
	uint64_t at = FUNCTION + 0xffe;
	uint32_t first = rv_addi(A0, ZERO, 1);
	uint32_t second = rv_addi(A0, ZERO, 2);
	uint32_t third = rv_addi(A1, ZERO, 2);

	PROGRAM(at - 2, rv_pair(RV_C_NOP, (uint16_t)first), rv_pair(first >> 16, RV_C_NOP),
		rv_jalr(ZERO, RA, 0));
	PROGRAM(BASE, rv_jalr(RA, A4, 0), rv_jal(ZERO, -4));
	hart_reset(machine->hart[0], BASE);
	set_x(A4, at);
	run(5);
	ck_assert_uint_eq(x(A0), 1);
	peer_store(at + 2, rv_pair(second >> 16, RV_C_NOP));
	run(5);
	ck_assert_uint_eq(x(A0), 2);
	set_x(A0, 0);
	peer_store(at - 2, rv_pair(RV_C_NOP, (uint16_t)third));
	run(5);
	ck_assert_uint_eq(x(A0), 0);
	ck_assert_uint_eq(x(A1), 2);
}
END_TEST

/* A wide instruction across two 64-byte lines, changed in its second half only. */
START_TEST(test_line_crossing)
{
	uint64_t at = FUNCTION + 0x3e;
	uint32_t first = rv_addi(A0, ZERO, 1);
	uint32_t second = rv_addi(A0, ZERO, 2);

	PROGRAM(at - 2, rv_pair(RV_C_NOP, (uint16_t)first), rv_pair(first >> 16, RV_C_NOP),
		rv_jalr(ZERO, RA, 0));
	PROGRAM(BASE, rv_jalr(RA, A4, 0), rv_jal(ZERO, -4));
	hart_reset(machine->hart[0], BASE);
	set_x(A4, at);
	run(5);
	ck_assert_uint_eq(x(A0), 1);
	peer_store(at + 2, rv_pair(second >> 16, RV_C_NOP));
	run(5);
	ck_assert_uint_eq(x(A0), 2);
}
END_TEST

/* Straight-line code over a page border and jumps of every form over it. */
START_TEST(test_page_end)
{
	PROGRAM(FUNCTION - 8, rv_addi(A0, A0, 1), rv_addi(A0, A0, 1), rv_addi(A0, A0, 1),
		rv_bne(A0, A1, -12), rv_beq(A0, A1, -24), rv_addi(A2, ZERO, 1));
	PROGRAM(FUNCTION - 16, rv_jal(RA, 20));
	PROGRAM(BASE, rv_jalr(ZERO, A4, 0));
	set_x(A4, FUNCTION - 8);
	set_x(A1, 6);
	/* jalr, then twice three additions and bne, then beq back over the border. */
	run(1 + 4 + 4 + 1);
	ck_assert_uint_eq(x(A0), 6);
	ck_assert_uint_eq(hart_pc(machine->hart[0]), FUNCTION - 16);
	run(2);
	ck_assert_uint_eq(x(RA), FUNCTION - 12);
	ck_assert_uint_eq(hart_pc(machine->hart[0]), FUNCTION + 8);
}
END_TEST

static void write_code(struct machine *m, struct hart *hart)
{
	uint32_t word = rv_addi(A0, ZERO, 33);

	memcpy(m->memory + 4, &word, sizeof(word));
	hart_memory_written(hart, m->memory, 64);
}

/* A device (DMA) writes the very instruction that comes next. */
START_TEST(test_device_writes_next_instruction)
{
	machine->on_access = write_code;
	PROGRAM(BASE, rv_sw(A0, A1, 0), rv_addi(A0, ZERO, 1), rv_jal(ZERO, -8));
	set_x(A1, DATA);
	run(3);
	ck_assert_uint_eq(x(A0), 1);
	set_x(A1, DEVICE);
	run(3);
	ck_assert_uint_eq(x(A0), 33);
}
END_TEST

TCase *code_cache_case(void)
{
	TCase *tc = tcase_create("code cache");

	tcase_add_checked_fixture(tc, machine_setup, machine_teardown);
	tcase_add_test(tc, test_memory_written);
	tcase_add_test(tc, test_fence_i);
	tcase_add_test(tc, test_peer_stores);
	tcase_add_test(tc, test_self_modifying_loop);
	tcase_add_test(tc, test_aliases);
	tcase_add_test(tc, test_page_crossing);
	tcase_add_test(tc, test_line_crossing);
	tcase_add_test(tc, test_page_end);
	tcase_add_test(tc, test_device_writes_next_instruction);
	return tc;
}
