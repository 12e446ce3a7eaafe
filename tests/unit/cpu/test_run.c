/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/* Budgets, stop requests, device access, memory under two addresses, bad configurations. */
#include <string.h>

#include "tests/unit/cpu/machine.h"
#include "tests/unit/cpu/suites.h"

/* Any split of a run gives the same result. */
START_TEST(test_budget_is_exact)
{
	static const uint64_t pieces[] = { 1, 2, 3, 7, 50, 4095, 4096, 4097, 20000 };
	uint64_t total = 0;

	PROGRAM(BASE, rv_addi(A0, A0, 1), rv_jal(ZERO, -4));
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		run(pieces[i]);
		total += pieces[i];
		ck_assert_uint_eq(x(A0), (total + 1) / 2);
		ck_assert_uint_eq(hart_instruction_count(machine->hart[0]), total);
		ck_assert_uint_eq(hart_cycles(machine->hart[0]), total);
		ck_assert_uint_eq(hart_pc(machine->hart[0]), BASE + (total % 2 ? 4 : 0));
	}
	run(0);
	ck_assert_uint_eq(x(A0), (total + 1) / 2);
}
END_TEST

static void request_stop(struct machine *m, struct hart *hart)
{
	(void)m;
	hart_request_stop(hart);
}

START_TEST(test_stop_request)
{
	enum hart_stop stop;

	machine->on_access = request_stop;
	machine->device_value = 0x80;
	set_x(A0, DEVICE);
	PROGRAM(BASE, RV_NOP, rv_lw(A1, A0, 8), rv_addi(A1, A1, 1), RV_NOP);
	ck_assert_uint_eq(hart_run(machine->hart[0], 100, &stop), 2);
	ck_assert_int_eq(stop, HART_STOP_REQUEST);
	ck_assert_uint_eq(x(A1), 0x80);
	/* The request does not outlive the run. */
	run(2);
	ck_assert_uint_eq(x(A1), 0x81);
}
END_TEST

START_TEST(test_device_access)
{
	static const struct {
		unsigned funct3;
		unsigned size;
		uint64_t loaded;
	} rows[] = {
		{ 0, 1, 0xfffffffffffffff8u },
		{ 1, 2, 0xfffffffffffff6f8u },
		{ 2, 4, 0xfffffffff2f4f6f8u },
		{ 3, 8, 0xf1f3f5f7f2f4f6f8u },
		{ 4, 1, 0xf8u },
		{ 5, 2, 0xf6f8u },
		{ 6, 4, 0xf2f4f6f8u },
	};

	set_x(A0, DEVICE);
	set_x(A2, 0x0102030405060708u);
	machine->device_value = 0xf1f3f5f7f2f4f6f8u;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		step(rv_i(0x03, rows[i].funct3, A1, A0, 0x18));
		ck_assert_uint_eq(x(A1), rows[i].loaded);
		ck_assert_uint_eq(machine->last_address, DEVICE + 0x18);
		ck_assert_uint_eq(machine->last_size, rows[i].size);
		if (rows[i].funct3 > 3)
			continue;
		step(rv_s(0x23, rows[i].funct3, A2, A0, 0x20));
		ck_assert_uint_eq(machine->last_address, DEVICE + 0x20);
		ck_assert_uint_eq(machine->last_size, rows[i].size);
		ck_assert_uint_eq(machine->last_value,
				  0x0102030405060708u & (UINT64_MAX >> (64 - 8 * rows[i].size)));
	}
	ck_assert_uint_eq(machine->loads, 7);
	ck_assert_uint_eq(machine->stores, 4);
}
END_TEST

/* Devices see the time and place of the access. */
START_TEST(test_callback_sees_state)
{
	hart_set_cycles(machine->hart[0], 5000);
	set_x(A0, DEVICE);
	PROGRAM(BASE, RV_NOP, RV_NOP, rv_sw(A0, A0, 0));
	run(3);
	ck_assert_uint_eq(machine->cycles_seen, 5002);
	ck_assert_uint_eq(machine->pc_seen, BASE + 8);
}
END_TEST

START_TEST(test_alias)
{
	set_x(A0, UNCACHED + 0x8000);
	set_x(A1, 0x55aa1234);
	step(rv_sw(A1, A0, 0));
	ck_assert_uint_eq(machine_read_word(DATA), 0x55aa1234);
	set_x(A0, DATA);
	step(rv_lw(A2, A0, 0));
	ck_assert_uint_eq(x(A2), 0x55aa1234);
}
END_TEST

/* Integer loads from the uncached window are fine, floating-point ones are reported. */
START_TEST(test_uncached_fp_load_reported)
{
	write_csr(CSR_MSTATUS, MSTATUS_FS);
	set_x(A0, UNCACHED + 0x8000);
	machine_poke_word(DATA, 0x3f800000);
	step(rv_lw(A1, A0, 0));
	ck_assert_uint_eq(machine->errors, 0);
	step(rv_i(0x07, 2, 1, A0, 0));
	ck_assert_uint_eq(machine->errors, 1);
	ck_assert_ptr_nonnull(strstr(machine->last_error, "uncached"));
	ck_assert_uint_eq(hart_read_f(machine->hart[0], 1), 0xffffffff3f800000u);
	set_x(A0, DATA);
	step(rv_i(0x07, 2, 1, A0, 0));
	ck_assert_uint_eq(machine->errors, 1);
}
END_TEST

START_TEST(test_x0_stays_zero)
{
	machine->device_value = 5;
	set_x(A0, DEVICE);
	step(rv_lw(ZERO, A0, 0));
	ck_assert_uint_eq(machine->loads, 1);
	step(rv_addi(ZERO, A0, 1));
	step(rv_jal(ZERO, 8));
	hart_write_x(machine->hart[0], 0, 9);
	ck_assert_uint_eq(x(0), 0);
	step(rv_add(A1, ZERO, ZERO));
	ck_assert_uint_eq(x(A1), 0);
}
END_TEST

START_TEST(test_compressed_stream)
{
	/* Two-byte and four-byte forms mixed, so that wide ones lie across words. */
	PROGRAM(BASE, rv_pair(rv_c_li(A0, -7), (uint16_t)rv_addi(A1, A0, 100)),
		rv_pair(rv_addi(A1, A0, 100) >> 16, rv_c_addi(A1, 3)), RV_NOP);
	run(3);
	ck_assert_uint_eq(x(A0), (uint64_t)-7);
	ck_assert_uint_eq(x(A1), 96);
	ck_assert_uint_eq(hart_pc(machine->hart[0]), BASE + 8);
}
END_TEST

START_TEST(test_bad_regions)
{
	static uint8_t bytes[8192];
	static const struct hart_memory_region bad[] = {
		{ .base = 0x80000100, .size = 4096, .host = bytes },
		{ .base = 0x80000000, .size = 100, .host = bytes },
		{ .base = 0xfffff000, .size = 8192, .host = bytes },
		{ .base = 0x180000000, .size = 4096, .host = bytes },
		{ .base = 0x80000000, .size = 4096, .host = NULL },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct hart_config config = { .bus = &machine->bus,
						    .regions = &bad[i],
						    .region_count = 1 };

		ck_assert_ptr_null(hart_new(&config));
	}
}
END_TEST

TCase *run_case(void)
{
	TCase *tc = tcase_create("run");

	tcase_add_checked_fixture(tc, machine_setup, machine_teardown);
	tcase_add_test(tc, test_budget_is_exact);
	tcase_add_test(tc, test_stop_request);
	tcase_add_test(tc, test_device_access);
	tcase_add_test(tc, test_callback_sees_state);
	tcase_add_test(tc, test_alias);
	tcase_add_test(tc, test_uncached_fp_load_reported);
	tcase_add_test(tc, test_x0_stays_zero);
	tcase_add_test(tc, test_compressed_stream);
	tcase_add_test(tc, test_bad_regions);
	return tc;
}
