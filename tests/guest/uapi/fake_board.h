/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * A board made of link/board.c and a thread, on a pty with the driver's line discipline at its
 * other end. It computes nothing: it exists to answer late, wrong or not at all, which the emulated
 * board does not do on request. What it "computes": fake_board_byte().
 */
#ifndef KPU_FAKE_BOARD_H
#define KPU_FAKE_BOARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "link/board.h"
#include "link/commands.h"

#define FAKE_BOARD_MODELS    4
#define FAKE_BOARD_FLASH     131072
#define FAKE_BOARD_LINE_RATE 10000000 /* of what the board sends; a pty would be even faster */
#define FAKE_BOARD_RATE      200000   /* told to the link, as for a line at 2 Mbaud */

/* What the "mask ROM" answers to a byte. */
#define FAKE_BOARD_ROM_BYTE(byte) ((uint8_t)((byte) ^ 0x55u))

/* What to do wrong. May be changed at any time. */
struct fake_board_faults {
	atomic_int run_delay_ms; /* between the last input byte and the answer */
	atomic_int run_status;   /* answer runs with this status (any number) */
	atomic_int busy_runs;    /* so many have no place */
	atomic_int load_status;
	atomic_int flash_status;       /* of all work with the flash */
	atomic_bool flash_is_slow;     /* it never answers */
	atomic_bool too_new;           /* from its next start on, no common protocol version */
	atomic_bool load_is_slow;      /* of a model in the flash: answered when this is over */
	atomic_bool no_room;           /* no bulk data is taken, and so nothing behind it */
	atomic_bool no_memory_answers; /* of MEMORY alone */
	atomic_bool no_answers;        /* packets are acknowledged, commands never answered */
	atomic_bool silent;            /* nothing is read or written */
	atomic_bool rom;       /* no protocol: what comes in goes back, FAKE_BOARD_ROM_BYTE */
	atomic_bool garbage;   /* random bytes instead of the protocol */
	atomic_int noise;      /* one byte in so many is damaged, both ways; 0 = none */
	atomic_bool long_taps; /* tap results claim more than was asked for */
	atomic_bool wrong_tap_count;
	atomic_bool short_bulk;    /* less output than announced by the taps */
	atomic_bool short_results; /* replies are cut to 3 bytes */
	atomic_bool wild_info;     /* INFO with extreme numbers and an unprintable name */
	atomic_bool event_storm;
	atomic_bool restless;        /* gives up its session as soon as there is one */
	atomic_int lose_results;     /* gives it up while so many results are under way */
	atomic_bool no_rates;        /* SET_RATE is refused */
	atomic_bool no_rate_answers; /* SET_RATE is obeyed but not answered, and kept for ever */
	atomic_int noise_above;     /* baud: only above it there is noise, and it is not below it */
	atomic_bool deaf_when_fast; /* what arrives at a raised rate is rubbish */
	atomic_int die_after_bytes; /* hang up after so many more received bytes; 0 = never */
};

struct fake_board_job {
	struct kpu_board_request *request;
	uint32_t size, tap_offset;
	uint8_t *input;
	struct kpu_run_arguments run;
	double due;
	bool answered, used;
};

struct fake_board {
	struct fake_board_faults faults;
	char device[32]; /* "/dev/kpu0" */
	int number;

	/* Seen by tests, written by the board. */
	atomic_int baud; /* 0: understands every rate, else only this one */
	atomic_int models, runs, runs_at_once, runs_at_once_most, cancels, releases, loads;

	/* Private. */
	int master, slave;
	pthread_t thread;
	atomic_bool stop, reset;
	bool running;
	uint64_t boot_id;
	uint32_t random;
	struct kpu_session session;
	struct kpu_board board;
	uint8_t *memory;
	uint8_t flash[FAKE_BOARD_FLASH];
	uint32_t model_input_bytes[FAKE_BOARD_MODELS + 1]; /* 0 = free; [0] unused */
	struct fake_board_job jobs[KPU_BOARD_REQUESTS_MAX];
	struct kpu_board_request *slow_load;
	bool lose_session;
	uint8_t output[8192];
	size_t output_length;
	double line_room, line_filled; /* bytes, time */
	uint32_t event_number;
	unsigned int answers_seen;
	uint16_t rate_request;
	uint32_t new_baud, old_baud, packets_at_switch;
	double rate_deadline;
};

/* The tty, open in this process as in that of kpuctl attach. */
int fake_board_tty(const struct fake_board *board);
/* Make the pty, attach the discipline, start the thread. False when the driver refuses. */
bool fake_board_plug(struct fake_board *board);
/* The same for a board that starts at KPU_BOOT_BAUD, on a line attached at 2 Mbaud. */
bool fake_board_plug_slow(struct fake_board *board);
/* With faults from the first byte on: set later, they may miss what the driver asks at once. */
bool fake_board_plug_faulty(struct fake_board *board, const struct fake_board_faults *faults);
bool fake_board_plug_slow_faulty(struct fake_board *board, const struct fake_board_faults *faults);
/* As if the cable were pulled. */
void fake_board_unplug(struct fake_board *board);
/* The board restarts with another boot id and without models. */
void fake_board_reset(struct fake_board *board);

/*
 * Model files for this board: 16 bytes or more, the first u32 is 3, the second the input's size in
 * bytes; the rest does not matter.
 */
void fake_board_write_model(uint8_t *file, uint32_t size, uint32_t input_bytes);
/* Byte @position of tap (@kind, @index) for an input. */
uint8_t fake_board_byte(const uint8_t *input, uint32_t input_size, unsigned int kind,
			unsigned int index, uint32_t position);

#endif
