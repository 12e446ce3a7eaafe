/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * User interface of /dev/kpuN: a Kendryte K210 board as neural coprocessor.
 *
 * DOC: objects
 * Everything is named by a 32-bit handle that belongs to one open file: buffers (memory that the
 * program maps and the driver streams from and to), models (networks loaded on the board) and jobs
 * (one run of a model, numbered by 64 bits). Handles of one open file mean nothing in another.
 * close() ends the file's jobs and frees its models on the board.
 *
 * DOC: extension rules
 * Structures grow at the end. The driver takes any size that the ioctl number carries: a shorter
 * structure from an older program is read as if the missing part were zero, a longer one is refused
 * with E2BIG unless the unknown part is zero. Reserved fields must be zero (EINVAL). Arrays carry
 * the size of their element.
 *
 * DOC: errors
 * An ioctl fails with an errno. Where the board or the model is the cause, `status` holds the
 * precise number of the project's error table (2001..: include/kpu.h) and the structure is copied
 * back in spite of the error. Common to all: ENODEV the board has been unplugged (the file must be
 * closed and opened anew), EFAULT bad pointer, EINVAL reserved field or unknown flag set, ENOTTY
 * unknown ioctl, EINTR a signal handler has run (nothing is lost, call again). A process that is
 * stopped and continued, or frozen because the host sleeps, goes on waiting where it was.
 *
 * DOC: sleep of the host
 * Suspending the host (to idle, to memory, to disk) interrupts no call and is held up by none.
 * Runs that the board has got have a second to end; queued ones wait. Afterwards the driver starts
 * a new session. A board that kept its power goes on where it was: every request ends once, as if
 * nothing had been, but for longer runs whose result was just under way (status 2110). One that
 * lost its power has been reset, with what that means (status 2109, ESTALE), and is booted by the
 * holder of the tty if it needs that. A bridge or controller that did not come back from the sleep
 * counts as unplugged (ENODEV). What the sleep takes does not count for the time-outs of jobs.
 * `suspends` counts the sleeps.
 *
 * DOC: threads
 * All ioctls may be called from any thread at any time.
 */
#ifndef _UAPI_LINUX_KPU_H
#define _UAPI_LINUX_KPU_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define KPU_UAPI_VERSION 1

/* --- query ------------------------------------------------------------------------------------ */

#define KPU_QUERY_DEVICE     1 /* struct kpu_ioctl_device_info, no traffic on the wire */
#define KPU_QUERY_MEMORY     2 /* struct kpu_ioctl_memory_info, asks the board */
#define KPU_QUERY_HOST_LINK  3 /* struct kpu_ioctl_link_counters of the host's end */
#define KPU_QUERY_BOARD_LINK 4 /* the same of the board's end, asks the board */
#define KPU_QUERY_DRIVER     5 /* struct kpu_ioctl_driver_counters */

/**
 * struct kpu_ioctl_query - read one of the tables above
 * @kind: KPU_QUERY_*
 * @data_size: in: room at @data; out: full size of the table in this driver. With @data_size 0 only
 *	the size is returned. A smaller room gets a truncated copy.
 * @data: address of the table in the program
 *
 * What is asked of the board takes two seconds at most: ETIMEDOUT. ESTALE the board was reset
 * meanwhile: ask again. EIO the board is dead. EPROTO the answer makes no sense.
 */
struct kpu_ioctl_query {
	__u32 kind;
	__u32 data_size;
	__u64 data;
};

#define KPU_DEVICE_STATE_CONNECTING 0 /* transport attached, board has not answered yet */
#define KPU_DEVICE_STATE_READY      1
#define KPU_DEVICE_STATE_RECOVERING 2 /* session lost, trying to get it back */
#define KPU_DEVICE_STATE_DEAD       3
#define KPU_DEVICE_STATE_BOOTING    4 /* the holder of the tty is starting the board anew */

struct kpu_ioctl_device_info {
	__u32 uapi_version;     /* KPU_UAPI_VERSION of the driver */
	__u32 state;            /* KPU_DEVICE_STATE_* */
	__u32 firmware_version; /* major << 16 | minor << 8 | patch */
	/*
	 * Bit 0 kmodel V3, 1 kmodel V4, 2 flash; of the record of its pins in the flash: 4 the
	 * firmware follows it, 5 it refuses it.
	 */
	__u32 features;
	__u32 cpu_hz;
	__u32 kpu_hz;
	__u64 boot_id;        /* changes when the board restarts */
	__u32 reset_cause;    /* SYSCTL reset_status of the board at boot */
	__u32 memory_total;   /* bytes on the board for models and their work buffers */
	__u32 firmware_bytes; /* SRAM taken by the firmware */
	__u32 last_crash_pc;  /* of the firmware; 0 = none */
	__u32 max_models;
	__u32 max_runs_in_flight;
	__u32 line_rate;    /* bytes per second of the transport; 0 = unknown */
	__u32 clients;      /* open files now */
	char transport[32]; /* "tty ttyUSB0", "spi spi0.0" */
	char board[16];     /* what the firmware calls itself */
	char reason[96];    /* why it is in this state; empty when all is well */
};

struct kpu_ioctl_memory_info {
	__u32 total;
	__u32 free;
	__u32 largest_free;
	__u32 models;
};

/* Counters since the transport was attached (host) or since boot (board). */
struct kpu_ioctl_link_counters {
	__u64 bytes_sent;
	__u64 bytes_received;
	__u64 packets_sent;
	__u64 packets_received;
	__u32 retransmitted;
	__u32 header_crc_errors;
	__u32 payload_crc_errors;
	__u32 frame_errors;
	__u32 out_of_order;
	__u32 duplicates;
	__u32 naks_sent;
	__u32 naks_received;
	__u32 timeouts;
	__u32 window_stalls;
	__u32 syncs;
	__u32 overruns;
};

struct kpu_ioctl_driver_counters {
	__u64 jobs_submitted;
	__u64 jobs_completed;
	__u64 jobs_failed;
	__u64 jobs_cancelled;
	__u64 models_loaded;
	__u32 session_restarts; /* recovery: session started again, board unchanged */
	__u32 board_resets;     /* recovery: board came back with another boot id */
	__u32 protocol_errors;  /* the board sent something that the contract forbids */
	__u32 reserved;
	__u32 retransmissions; /* recovery: packets sent again */
	__u32 resyncs;         /* recovery: sessions lost; then SYNCs are sent at each rate */
	__u32 boots_asked;     /* recovery: the holder of the tty was asked to boot the board */
	__u32 boots_done;      /* by the holder, asked or not */
	__u32 boots_failed;    /* the holder gave up or its time was over */
	__u32 deaths;          /* times the device became dead */
	__u32 rate_fallbacks;  /* the line's rate was lowered because of errors */
	__u32 suspends;        /* times the host has slept meanwhile */
	char last_reason[96];  /* of the last state but ready, also when all is well again */
};

/* --- buffers ---------------------------------------------------------------------------------- */

/* Largest single buffer and sum of all buffers of one open file. */
#define KPU_BUFFER_SIZE_MAX  (16u << 20)
#define KPU_BUFFERS_SIZE_MAX (64u << 20)

/**
 * struct kpu_ioctl_buffer_create - allocate zeroed memory and a place to map it
 * @size: bytes, rounded up to pages; 1..KPU_BUFFER_SIZE_MAX
 * @flags: 0
 * @handle: out
 * @mmap_offset: out: offset argument for mmap(2), length @size, MAP_SHARED. The mapping stays valid
 *	after the buffer was destroyed, the file closed or the board unplugged.
 *
 * ENOMEM, EDQUOT when the file's buffers would exceed KPU_BUFFERS_SIZE_MAX. One that was destroyed
 * counts until it is neither mapped nor used by a job or load that goes on.
 */
struct kpu_ioctl_buffer_create {
	__u64 size;
	__u32 flags;
	__u32 handle;
	__u64 mmap_offset;
};

/* Jobs that use the buffer keep it alive until they end. ENOENT unknown handle. */
struct kpu_ioctl_buffer_destroy {
	__u32 handle;
	__u32 reserved;
};

/* --- models ----------------------------------------------------------------------------------- */

/**
 * struct kpu_ioctl_model_load - send a kmodel to the board, which checks all of it
 * @buffer: handle of the buffer that holds the file
 * @flags: 0
 * @offset: of the file in the buffer
 * @size: of the file, bytes
 * @timeout_ms: 0 = long enough for the line's rate and what it has to carry before; an hour at most
 * @model: out: handle
 * @status: out: 0, or number of the error table
 * @problem_layer: out: layer at fault, ~0 if none in particular
 * @version: out: 3 or 4
 * @layers: out
 * @inputs: out
 * @outputs: out
 * @input_bytes: out: all inputs one behind the other
 * @work_bytes: out: work buffer on the board
 * @problem: out: what is wrong with the model, a sentence
 *
 * Blocks until the board has accepted or refused the model; only a deadly signal interrupts it.
 * EINVAL bad range or model (see @status), ENOSPC does not fit on the board, ENOENT no such buffer,
 * EBUSY too many loads of this file or user at once, ESTALE the board was reset meanwhile,
 * ETIMEDOUT, EIO.
 */
struct kpu_ioctl_model_load {
	__u32 buffer;
	__u32 flags;
	__u64 offset;
	__u64 size;
	__u32 timeout_ms;
	__u32 model;
	__u32 status;
	__u32 problem_layer;
	__u32 version;
	__u32 layers;
	__u32 inputs;
	__u32 outputs;
	__u32 input_bytes;
	__u32 work_bytes;
	char problem[120];
};

#define KPU_MODEL_FLASH_STREAM      1u /* layers are read from the flash in each run */
#define KPU_MODEL_FLASH_DUAL_BUFFER 2u /* ... the next one while one is computed */

/**
 * struct kpu_ioctl_model_load_flash - load a kmodel that lies in the board's flash
 * @address: of the file in the flash
 * @size: of the file, 0: found out from its header
 * @flags: KPU_MODEL_FLASH_*; 0: it is copied to the board's memory
 * @batch_bytes: of the dual buffer, 0: what the largest layer needs
 * @clock_hz: of the flash while the model runs, 0: the firmware's choice
 * @timeout_ms: 0 = 98 s: the board reads for up to 68 s until it says that it cannot
 * @model: out, like all below: as in struct kpu_ioctl_model_load
 *
 * Errors as there; EINVAL with @status 2014 (NOT_IMPLEMENT) when the firmware cannot do it. The
 * handle is used and freed like any other one, and lost like any other one in a reset of the board.
 */
struct kpu_ioctl_model_load_flash {
	__u32 address;
	__u32 size;
	__u32 flags;
	__u32 batch_bytes;
	__u32 clock_hz;
	__u32 timeout_ms;
	__u32 model;
	__u32 status;
	__u32 problem_layer;
	__u32 version;
	__u32 layers;
	__u32 inputs;
	__u32 outputs;
	__u32 input_bytes;
	__u32 work_bytes;
	__u32 reserved;
	char problem[120];
};

/* Waits for the model's jobs to end, then frees it. ENOENT unknown handle. */
struct kpu_ioctl_model_unload {
	__u32 model;
	__u32 reserved;
};

/* --- the board's flash ------------------------------------------------------------------------ */

#define KPU_FLASH_INFO  1 /* what the chip is */
#define KPU_FLASH_READ  2 /* to the buffer */
#define KPU_FLASH_WRITE 3 /* from the buffer; programs, which only clears bits */
#define KPU_FLASH_ERASE 4 /* @address and @size: multiples of erase_bytes */
#define KPU_FLASH_CHECK 5 /* CRC-32 of what the chip holds */
/* Most bytes of one READ, WRITE or ERASE: longer work goes in pieces, between which others run. */
#define KPU_FLASH_BYTES_MAX 65536u

/**
 * struct kpu_ioctl_flash - one piece of work with the chip
 * @operation: KPU_FLASH_*
 * @flags: 0
 * @address: in the chip
 * @size: bytes; 1..KPU_FLASH_BYTES_MAX, of CHECK any
 * @buffer: handle of READ and WRITE; its content is the operation's until the call returns
 * @timeout_ms: from the call to its end, an hour at most; 0 = long enough for chip and line, once
 *	the calls before have ended
 * @offset: in the buffer
 * @status: out: 0, or number of the error table
 * @crc32: out of CHECK
 * @jedec_id: out of INFO, like all below: manufacturer << 16 | type << 8 | capacity
 * @chip_bytes: size of the chip, 0 = none that the firmware knows
 * @unique_id: 0 = none
 * @erase_bytes: smallest piece that can be erased
 * @program_bytes: what the chip programs at once
 * @clock_hz: at which it is read
 * @reserved: 0
 *
 * Blocks until the chip is done; only a deadly signal interrupts it. Then, and after ETIMEDOUT, an
 * unknown part of the range has been changed, and the board may still be at it (EBUSY). Calls of
 * several threads and files take turns; EBUSY also: its turn has not come in time, and WRITE and
 * ERASE while somebody's model is streamed from the flash. EINVAL bad range, ENOENT no such buffer,
 * EIO the chip reports a failure (@status 2106) or there is none (2101), EINVAL with 2014 the
 * firmware cannot reach it. A reset of the board ends it with ESTALE and 2109.
 */
struct kpu_ioctl_flash {
	__u32 operation;
	__u32 flags;
	__u32 address;
	__u32 size;
	__u32 buffer;
	__u32 timeout_ms;
	__u64 offset;
	__u32 status;
	__u32 crc32;
	__u32 jedec_id;
	__u32 chip_bytes;
	__u64 unique_id;
	__u32 erase_bytes;
	__u32 program_bytes;
	__u32 clock_hz;
	__u32 reserved;
};

/* --- jobs ------------------------------------------------------------------------------------- */

#define KPU_TAP_KIND_OUTPUT  1 /* output number @index of the model */
#define KPU_TAP_KIND_LAYER   2 /* result of layer @index, planar, without padding */
#define KPU_TAP_KIND_PROFILE 3 /* __u32 CPU cycles of each layer that ran */
#define KPU_JOB_TAPS_MAX     64
#define KPU_JOB_ALL_LAYERS   0xffffffffu
/* Jobs of one open file that have been submitted and not yet waited for. */
#define KPU_JOBS_MAX 64

/*
 * One result that a job brings back. In the output range the taps lie one behind the other, each
 * taking exactly @limit bytes (multiple of 4); shorter results are followed by zeros.
 */
struct kpu_ioctl_tap {
	__u32 kind;
	__u32 index;
	__u32 limit;
	__u32 reserved;
};

struct kpu_ioctl_tap_result {
	__u32 length;    /* bytes of the result */
	__u32 data_type; /* 0 uint8, 1 float32, 2 uint32 */
	__u32 width;
	__u32 height;
	__u32 channels;
	__u32 reserved;
};

/**
 * struct kpu_ioctl_job_submit - queue one run of a model
 * @model: handle
 * @flags: 0
 * @input_buffer: handle of the buffer that holds the input
 * @output_buffer: handle of the buffer for the results; may be the same
 * @input_offset: bytes
 * @input_size: must equal the model's input_bytes
 * @output_offset: bytes, multiple of 4
 * @output_size: room; at least the sum of the taps' limits
 * @taps: address of an array of struct kpu_ioctl_tap
 * @tap_count: 1..KPU_JOB_TAPS_MAX
 * @tap_size: sizeof(struct kpu_ioctl_tap)
 * @stop_layer: last layer to run, KPU_JOB_ALL_LAYERS for all
 * @timeout_ms: from submission to result; 0 = 10 s
 * @user_data: returned with the result
 * @job: out: number, never 0
 *
 * Does not block. EAGAIN when KPU_JOBS_MAX jobs are unfinished or unclaimed. ENOENT no such model
 * or buffer. ESTALE the board has been reset since the model was loaded: unload it and load it
 * again. EIO the board is dead. The buffers' contents belong to the job until it has finished; when
 * it has, whatever became of it, nothing is written to the output any more.
 */
struct kpu_ioctl_job_submit {
	__u32 model;
	__u32 flags;
	__u32 input_buffer;
	__u32 output_buffer;
	__u64 input_offset;
	__u64 input_size;
	__u64 output_offset;
	__u64 output_size;
	__u64 taps;
	__u32 tap_count;
	__u32 tap_size;
	__u32 stop_layer;
	__u32 timeout_ms;
	__u64 user_data;
	__u64 job;
};

/**
 * struct kpu_ioctl_job_wait - wait for a job to finish and take its result
 * @job: in: number, or 0 for whichever finishes first; out: number
 * @timeout_ns: relative; 0 = do not wait, negative = as long as the job may take
 * @user_data: out
 * @status: out: 0 or number of the error table; the ioctl itself succeeds when a job was taken
 * @layers_run: out
 * @problem_layer: out
 * @tap_count: in: elements at @tap_results; out: taps of the job
 * @tap_results: address of an array of struct kpu_ioctl_tap_result, may be 0
 * @tap_size: sizeof(struct kpu_ioctl_tap_result)
 * @reserved: 0
 * @cycles: out: CPU cycles on the board
 * @kpu_cycles: out: of these, waiting for the accelerator
 * @queued_ns: out: CLOCK_MONOTONIC at submission
 * @started_ns: out: when its first byte was handed to the link
 * @sent_ns: out: when the input had been handed over
 * @finished_ns: out
 *
 * A finished job is forgotten once it has been taken. ETIMEDOUT, ENOENT unknown job (or 0 and no
 * jobs at all).
 */
struct kpu_ioctl_job_wait {
	__u64 job;
	__s64 timeout_ns;
	__u64 user_data;
	__u32 status;
	__u32 layers_run;
	__u32 problem_layer;
	__u32 tap_count;
	__u64 tap_results;
	__u32 tap_size;
	__u32 reserved;
	__u64 cycles;
	__u64 kpu_cycles;
	__u64 queued_ns;
	__u64 started_ns;
	__u64 sent_ns;
	__u64 finished_ns;
};

/*
 * The job ends at once with status CANCELLED unless it has finished already; it still has to be
 * waited for. ENOENT unknown job.
 */
struct kpu_ioctl_job_cancel {
	__u64 job;
};

/*
 * poll(2): POLLIN when a finished job can be taken without waiting, POLLERR | POLLHUP when the
 * board is gone.
 */

#define KPU_IOCTL_TYPE 0xb7

#define KPU_IOCTL_QUERY          _IOWR(KPU_IOCTL_TYPE, 0x01, struct kpu_ioctl_query)
#define KPU_IOCTL_BUFFER_CREATE  _IOWR(KPU_IOCTL_TYPE, 0x02, struct kpu_ioctl_buffer_create)
#define KPU_IOCTL_BUFFER_DESTROY _IOW(KPU_IOCTL_TYPE, 0x03, struct kpu_ioctl_buffer_destroy)
/* 0x04..0x07 reserved for dma-buf export and import */
#define KPU_IOCTL_MODEL_LOAD       _IOWR(KPU_IOCTL_TYPE, 0x08, struct kpu_ioctl_model_load)
#define KPU_IOCTL_MODEL_UNLOAD     _IOW(KPU_IOCTL_TYPE, 0x09, struct kpu_ioctl_model_unload)
#define KPU_IOCTL_MODEL_LOAD_FLASH _IOWR(KPU_IOCTL_TYPE, 0x0a, struct kpu_ioctl_model_load_flash)
#define KPU_IOCTL_JOB_SUBMIT       _IOWR(KPU_IOCTL_TYPE, 0x10, struct kpu_ioctl_job_submit)
#define KPU_IOCTL_JOB_WAIT         _IOWR(KPU_IOCTL_TYPE, 0x11, struct kpu_ioctl_job_wait)
#define KPU_IOCTL_JOB_CANCEL       _IOW(KPU_IOCTL_TYPE, 0x12, struct kpu_ioctl_job_cancel)
#define KPU_IOCTL_FLASH            _IOWR(KPU_IOCTL_TYPE, 0x18, struct kpu_ioctl_flash)

/* --- the tty ---------------------------------------------------------------------------------- */

/*
 * DOC: the holder of a tty
 * The ioctls below are of a tty with the driver's line discipline, not of /dev/kpuN. The program
 * that keeps the tty open may offer to boot the board on demand, and is then its holder. The driver
 * asks by POLLPRI of poll(2) on the tty; POLLERR | POLLHUP mean that the tty is gone. A holder that
 * was asked has KPU_BOOT_BEGIN_MS to call BOOT_BEGIN and KPU_BOOT_END_MS from there to BOOT_END,
 * else the device is dead with that reason. It may boot the board unasked at any time, also when
 * the device is dead, and directly after attaching the discipline.
 *
 * Between BEGIN and END the tty is in raw mode: read(2), write(2) and poll(2) carry the line's
 * bytes as they are, at most KPU_BOOT_READ_AHEAD of them unread before the sender is held back;
 * the ioctls for rate and modem lines (TCSETS2, TIOCMSET ...) work as ever. At all other times
 * read(2) and write(2) fail with EIO. /dev/kpuN and its open files stay: what they had under way
 * ends with status 2109 (BOARD_RESET), models that they load meanwhile wait for the board.
 */
#define KPU_BOOT_BEGIN_MS   3000
#define KPU_BOOT_END_MS     30000
#define KPU_BOOT_READ_AHEAD 16384

/* Why the board is to be booted. */
#define KPU_BOOT_REASON_HOLDER  0 /* the holder's own wish: it was not asked */
#define KPU_BOOT_REASON_SILENT  1 /* there is no session and none comes */
#define KPU_BOOT_REASON_STUCK   2 /* packets are acknowledged, commands not answered */
#define KPU_BOOT_REASON_VERSION 3 /* its firmware speaks no common version of the protocol */
#define KPU_BOOT_REASON_REQUEST 4 /* somebody wrote to the device's reset file */

/**
 * struct kpu_tty_boot_request - what BOOT_BEGIN tells
 * @reason: out: KPU_BOOT_REASON_*
 * @baud: out: rate of the line before; the tty still has it
 * @reason_text: out: the same as a sentence, ends with 0
 */
struct kpu_tty_boot_request {
	__u32 reason;
	__u32 baud;
	char reason_text[96];
};

/**
 * struct kpu_tty_boot_result - what BOOT_END takes
 * @status: 0: our firmware runs and listens at 115200 baud, whatever rate the tty has now; else a
 *	number of the error table, and the device is dead
 * @baud: rate that the driver shall raise the line to, 0: the one that it was to have before. Not
 *	raised above one that the driver has lowered it to because of errors.
 * @reason: of a @status other than 0: a sentence for the user; what is not printable is replaced
 */
struct kpu_tty_boot_result {
	__u32 status;
	__u32 baud;
	char reason[96];
};

#define KPU_TTY_HOLDER_BOOTS 1u /* boots the board on demand */

/* The number N of the board on this tty. */
#define KPU_TTY_IOCTL_NUMBER _IOR(KPU_IOCTL_TYPE, 0x40, __u32)
/*
 * The calling process becomes the holder, or changes its flags (KPU_TTY_HOLDER_*); with 0 it is no
 * holder any more. EPERM without CAP_NET_ADMIN, EBUSY another process that lives is the holder.
 */
#define KPU_TTY_IOCTL_HOLDER _IOW(KPU_IOCTL_TYPE, 0x41, __u32)
/* Raw mode begins. EPERM the caller is not the holder, EALREADY it has begun. */
#define KPU_TTY_IOCTL_BOOT_BEGIN _IOR(KPU_IOCTL_TYPE, 0x42, struct kpu_tty_boot_request)
/* Raw mode ends. EPERM as above, ECANCELED it had not begun or its time was over. */
#define KPU_TTY_IOCTL_BOOT_END _IOW(KPU_IOCTL_TYPE, 0x43, struct kpu_tty_boot_result)

#endif
