/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Reservations between two harts, and locks built on them. */
#include "tests/unit/cpu/machine.h"
#include "tests/unit/cpu/suites.h"

#define PEER_CODE (BASE + 0x2000)

static void reserve(void)
{
	set_x(A0, DATA);
	set_x(A1, 111);
	step(rv_lr_w(A2, A0));
}

/* sc.w on hart 0; returns what it reports: 0 for success. */
static uint64_t conditional(void)
{
	step(rv_sc_w(A3, A1, A0));
	return x(A3);
}

/* Runs one instruction on hart 1 with a0 = address, a1 = 222. */
static void peer_step(uint32_t instruction, uint64_t address)
{
	struct hart *peer = machine->hart[1];
	enum hart_stop stop;

	PROGRAM(PEER_CODE, instruction);
	hart_reset(peer, PEER_CODE);
	hart_write_x(peer, A0, address);
	hart_write_x(peer, A1, 222);
	ck_assert_uint_eq(hart_run(peer, 1, &stop), 1);
}

START_TEST(test_success_and_single_use)
{
	machine_poke_word(DATA, 0x80000001);
	reserve();
	ck_assert_uint_eq(x(A2), 0xffffffff80000001u);
	ck_assert_uint_eq(conditional(), 0);
	ck_assert_uint_eq(machine_read_word(DATA), 111);
	ck_assert_uint_eq(conditional(), 1);
}
END_TEST

START_TEST(test_without_reservation)
{
	set_x(A0, DATA);
	set_x(A1, 111);
	ck_assert_uint_eq(conditional(), 1);
	ck_assert_uint_eq(machine_read_word(DATA), 0);
	reserve();
	set_x(A0, DATA + 64);
	ck_assert_uint_eq(conditional(), 1);
	ck_assert_uint_eq(machine_read_word(DATA + 64), 0);
}
END_TEST

START_TEST(test_cancelled_by_peer)
{
	static const uint32_t stores[] = {
		0x00b52023, /* sw a1, 0(a0) */
		0x00b50023, /* sb a1, 0(a0) */
		0x00b53023, /* sd a1, 0(a0) */
		0x08b5252f, /* amoswap.w a0, a1, (a0) */
	};
	static const uint64_t places[] = { DATA, DATA + 56, UNCACHED + 0x8000,
					   UNCACHED + 0x8000 + 32 };

	for (size_t i = 0; i < 4; i++) {
		for (size_t j = 0; j < 4; j++) {
			reserve();
			peer_step(stores[i], places[j]);
			ck_assert_uint_eq(conditional(), 1);
		}
	}
}
END_TEST

START_TEST(test_kept_despite_peer)
{
	reserve();
	peer_step(rv_sw(A1, A0, 0), DATA + 64);
	peer_step(rv_sw(A1, A0, 0), DATA - 4);
	peer_step(rv_lw(A1, A0, 0), DATA);
	/* A failing sc stores nothing. */
	peer_step(rv_sc_w(A2, A1, A0), DATA);
	ck_assert_uint_eq(conditional(), 0);
	/* A store nearby must not make the peer's next one go unseen. */
	reserve();
	peer_step(rv_sw(A1, A0, 0), DATA + 64);
	peer_step(rv_sw(A1, A0, 0), DATA);
	ck_assert_uint_eq(conditional(), 1);
	/* The peer's stores were fast before; a later reservation must be seen all the same. */
	peer_step(rv_sw(A1, A0, 0), DATA);
	peer_step(rv_sw(A1, A0, 0), DATA);
	reserve();
	peer_step(rv_sw(A1, A0, 0), DATA);
	ck_assert_uint_eq(conditional(), 1);
}
END_TEST

START_TEST(test_cancelled_by_other_agent)
{
	reserve();
	hart_memory_written(machine->hart[0], machine->memory + 0x8000 + 63, 1);
	ck_assert_uint_eq(conditional(), 1);
	reserve();
	hart_memory_written(machine->hart[1], machine->memory + 0x7000, 0x2000);
	ck_assert_uint_eq(conditional(), 1);
	reserve();
	hart_memory_written(machine->hart[0], machine->memory + 0x8000 + 64, 64);
	ck_assert_uint_eq(conditional(), 0);
}
END_TEST

/*
 * Both harts add to a counter under an LR/SC lock, to one with an AMO, and to one with plain LR/SC,
 * in slices short enough to cut every sequence everywhere.
 */
START_TEST(test_contention)
{
	enum hart_stop stop;
	uint64_t slice = 3;

	PROGRAM(BASE, rv_lr_w(T0, A0), rv_bne(T0, ZERO, -4), rv_sc_w(T1, A1, A0),
		rv_bne(T1, ZERO, -12),
		/* critical section */
		rv_lw(T0, A2, 0), rv_addi(T0, T0, 1), rv_sw(T0, A2, 0), rv_sw(ZERO, A0, 0),
		rv_amoadd_w(ZERO, A1, A3), rv_lr_w(T0, A4), rv_addi(T0, T0, 1), rv_sc_w(T1, T0, A4),
		rv_bne(T1, ZERO, -12), rv_addi(A5, A5, -1), rv_bne(A5, ZERO, -56), rv_jal(ZERO, 0));
	for (unsigned i = 0; i < 2; i++) {
		hart_reset(machine->hart[i], BASE);
		hart_write_x(machine->hart[i], A0, DATA);
		hart_write_x(machine->hart[i], A1, 1);
		hart_write_x(machine->hart[i], A2, DATA + 0x100);
		hart_write_x(machine->hart[i], A3, DATA + 0x108);
		hart_write_x(machine->hart[i], A4, DATA + 0x200);
		hart_write_x(machine->hart[i], A5, 2000);
	}
	for (unsigned i = 0; i < 200000; i++) {
		hart_run(machine->hart[0], slice, &stop);
		hart_run(machine->hart[1], slice + 1, &stop);
		slice = slice * 5 % 11 + 1;
		if (!hart_read_x(machine->hart[0], A5) && !hart_read_x(machine->hart[1], A5))
			break;
	}
	ck_assert_uint_eq(machine_read_word(DATA + 0x100), 4000);
	ck_assert_uint_eq(machine_read_word(DATA + 0x108), 4000);
	ck_assert_uint_eq(machine_read_word(DATA + 0x200), 4000);
}
END_TEST

TCase *atomic_case(void)
{
	TCase *tc = tcase_create("atomic");

	tcase_add_checked_fixture(tc, machine_setup, machine_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_success_and_single_use);
	tcase_add_test(tc, test_without_reservation);
	tcase_add_test(tc, test_cancelled_by_peer);
	tcase_add_test(tc, test_kept_despite_peer);
	tcase_add_test(tc, test_cancelled_by_other_agent);
	tcase_add_test(tc, test_contention);
	return tc;
}
