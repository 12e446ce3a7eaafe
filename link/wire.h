/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * The wire contract between host and board: everything that both ends must agree on.
 *
 * Layers, from the wire up:
 *   frame    COBS, ended by one zero byte, on byte streams; chip-select exchanges on SPI
 *   packet   12-byte header with CRC-16, payload, CRC-32 of the payload if there is one
 *   session  sequence, cumulative acknowledgement, credit; go-back-n; see session.h
 *   message  the payload of a DATA packet: request, bulk data, reply, event
 *
 * All numbers are little-endian, read and written byte by byte through bytes.h; no C struct is ever
 * laid over the wire. Reserved fields are sent as zero and ignored when received.
 */
#ifndef KPU_LINK_WIRE_H
#define KPU_LINK_WIRE_H

/* Protocol version. Peers of version N and N-1 work together. */
#define KPU_WIRE_VERSION        1u
#define KPU_WIRE_VERSION_OLDEST 1u

/* --- packet ----------------------------------------------------------------------------------
 *  0  u8   version << 4 | type
 *  1  u8   sequence of a DATA packet; number of the probe in a probe and in its answer; else 0
 *  2  u8   acknowledge: sequence that is expected next (all before it have arrived)
 *  3  u8   credit: DATA packets that may be sent beyond `acknowledge`; 0 = stop for now
 *  4  u16  session number; 0 in SYNC, ANNOUNCE and REJECT
 *  6  u16  payload length
 *  8  u16  flags, see KPU_PACKET_FLAG_*
 * 10  u16  CRC-16/CCITT-FALSE of bytes 0..9
 * 12  payload, then u32 CRC-32 (IEEE 802.3) of the payload if length > 0
 *
 * SYNC, SYNC_ACK, ANNOUNCE and REJECT keep this layout in every version, and their version nibble
 * is not checked; all others carry the version of the session.
 *
 * On a bad line a sender may cut one payload into fragments: packets with the same sequence, each
 * with its offset (in units of 16 bytes) in the flags and all but the last marked MORE. The
 * receiver joins them, so what is above the session never sees fragments. `acknowledge` with the
 * offset in the flags of an ACK or NAK is the position expected next.
 */
#define KPU_WIRE_HEADER_BYTES      12u
#define KPU_WIRE_PAYLOAD_CRC_BYTES 4u
#define KPU_WIRE_PAYLOAD_MIN       1024u /* every peer can take this much */
#define KPU_WIRE_PAYLOAD_MAX       4096u
#define KPU_WIRE_WINDOW_MAX        16u

enum kpu_wire_packet_type {
	KPU_PACKET_DATA = 1,
	KPU_PACKET_ACK = 2,
	KPU_PACKET_NAK = 3,      /* retransmit from `acknowledge` and its offset on */
	KPU_PACKET_SYNC = 4,     /* host: start a session */
	KPU_PACKET_SYNC_ACK = 5, /* board: session started, header carries its number */
	KPU_PACKET_ANNOUNCE = 6, /* board: booted, or a packet of an unknown session arrived */
	KPU_PACKET_REJECT = 7,   /* board: SYNC refused, no common version */
};

#define KPU_PACKET_FLAG_ACK_REQUEST 0x0001u /* acknowledge at once; an ACK with it is a probe */
#define KPU_PACKET_FLAG_ANSWER      0x0002u /* ACK that answers the probe of this sequence */
#define KPU_PACKET_FLAG_MORE        0x0004u /* DATA: the payload goes on in another fragment */
/* Bits 4..7: round. DATA: how often the sender has gone back. NAK: the round complained of. */
#define KPU_PACKET_ROUND_SHIFT 4u
#define KPU_PACKET_ROUND_MASK  0x00f0u
/* Bits 8..15: offset. DATA: of this fragment; ACK and NAK: expected next. */
#define KPU_PACKET_OFFSET_SHIFT 8u
#define KPU_PACKET_OFFSET_UNIT  16u

/* SYNC, 24 bytes:
 *  0 u8 newest version, 1 u8 oldest version, 2 u16 largest payload that the host takes,
 *  4 u8 window that the host takes (packets), 5 u8 0, 6 u16 0, 8 u64 host id (random for each
 *  start of the host's engine), 16 u32 nonce, echoed in the answer, 20 u32 0. A SYNC that is
 *  repeated because no answer came carries the same nonce: the board answers it again and does not
 *  start another session.
 * SYNC_ACK, 32 bytes:
 *  0 u8 version chosen, 1 u8 0, 2 u16 largest payload that the board takes, 4 u8 window that the
 *  board takes, 5 u8 flags (bit 0: this host id was known, models are kept), 6 u16 0,
 *  8 u64 boot id (changes with each boot), 16 u32 nonce of the SYNC, 20 u32 firmware version,
 *  24 u64 0
 * ANNOUNCE and REJECT, 16 bytes: 0 u8 newest version, 1 u8 oldest version, 2 u16 0, 4 u32 firmware
 *  version, 8 u64 boot id
 *
 * A SYNC with another host id frees everything the former host owned. With the same host id models
 * stay, transactions whose bulk data was incomplete are forgotten, and replies of finished ones are
 * kept for replay (at-most-once, see below).
 */
#define KPU_SYNC_BYTES           24u
#define KPU_SYNC_ACK_BYTES       32u
#define KPU_ANNOUNCE_BYTES       16u
#define KPU_SYNC_FLAG_HOST_KNOWN 0x01u

/* --- messages ---------------------------------------------------------------------------------
 * A transaction is one REQUEST, its bulk data to the board, bulk data from the board, one REPLY.
 *
 * REQUEST: 0 u8 kind, 1 u8 0, 2 u16 request id, 4 u16 opcode, 6 u16 argument length,
 *          8 u32 bulk length that follows to the board, 12 u32 most bulk bytes the host accepts,
 *          16 arguments
 * BULK:    0 u8 kind, 1 u8 0, 2 u16 request id, 4 u32 offset in the bulk data, 8 data
 *          (bulk data of one transaction travels in ascending order without gaps; that of another
 *          may lie between; the host stops when the REPLY comes early, the board drops the
 *          rest)
 * REPLY:   0 u8 kind, 1 u8 0, 2 u16 request id, 4 u16 status (0 or a number of errors.def),
 *          6 u16 result length, 8 u32 bulk bytes sent before this reply, 12 u32 0, 16 results
 * EVENT:   0 u8 kind, 1 u8 0, 2 u16 event code, 4 u32 0, 8 data (unsolicited)
 * ABORT:   0 u8 kind, 1 u8 0, 2 u16 request id, 4 u32 0: the host sends no more bulk data for this
 *          request. The board forgets it if its bulk data was incomplete and replies CANCELLED;
 *          a complete one goes on (KPU_OP_CANCEL ends a run).
 *
 * Request ids count up from 1, skipping 0. The board executes an id once: it keeps the replies of
 * the last KPU_WIRE_REPLY_CACHE transactions and answers a repeated id from there. A transaction
 * whose bulk result is gone by then is answered with RESULT_LOST, never executed again.
 *
 * A request may be sent while others are under way, KPU_WIRE_REQUESTS_MAX in all, of which
 * KPU_WIRE_BULK_REQUESTS_MAX with bulk data to the board; one too many is answered with BUSY. The
 * board works on RUN requests in order and accepts at most `max_runs_in_flight` of them (INFO), so
 * bulk data never blocks the line: control requests between bulk packets are answered at once.
 */
#define KPU_WIRE_REPLY_CACHE       16u
#define KPU_WIRE_REQUESTS_MAX      6u
#define KPU_WIRE_BULK_REQUESTS_MAX 4u
#define KPU_WIRE_REQUEST_HEADER    16u
#define KPU_WIRE_REPLY_HEADER      16u
#define KPU_WIRE_BULK_HEADER       8u
#define KPU_WIRE_EVENT_HEADER      8u
#define KPU_WIRE_ABORT_HEADER      8u
#define KPU_WIRE_ARGUMENTS_MAX     800u
#define KPU_WIRE_RESULTS_MAX       800u

enum kpu_wire_message_kind {
	KPU_MESSAGE_REQUEST = 1,
	KPU_MESSAGE_BULK = 2,
	KPU_MESSAGE_REPLY = 3,
	KPU_MESSAGE_EVENT = 4,
	KPU_MESSAGE_ABORT = 5,
};

/* --- commands ---------------------------------------------------------------------------------
 * Arguments -> results; encoded and decoded by commands.h, which holds the field offsets.
 */
enum kpu_wire_opcode {
	KPU_OP_INFO = 0x0001,        /* - -> struct kpu_board_info */
	KPU_OP_ECHO = 0x0002,        /* up to KPU_WIRE_RESULTS_MAX bytes -> the same bytes */
	KPU_OP_SINK = 0x0003,        /* bulk to the board, dropped -> u32 CRC-32 of it */
	KPU_OP_SOURCE = 0x0004,      /* u32 length -> bulk of that length, byte i = i * 167 >> 3 */
	KPU_OP_SET_RATE = 0x0005,    /* u32 baud -> u32 baud the board can do; see below */
	KPU_OP_COUNTERS = 0x0006,    /* - -> struct kpu_link_counters of the board */
	KPU_OP_REBOOT = 0x0007,      /* - -> -; the board resets itself after the reply is out */
	KPU_OP_RELEASE_ALL = 0x0008, /* - -> -; frees all models */
	KPU_OP_MODEL_LOAD = 0x0010,  /* struct kpu_load_arguments, bulk model -> kpu_load_result */
	KPU_OP_MODEL_FREE = 0x0011,  /* u16 model -> - */
	KPU_OP_MEMORY = 0x0012,      /* - -> struct kpu_memory_info */
	KPU_OP_RUN = 0x0020,    /* kpu_run_arguments, bulk inputs -> kpu_run_result, bulk taps */
	KPU_OP_CANCEL = 0x0021, /* u16 request id of a RUN -> - */
	KPU_OP_FLASH_INFO = 0x0030,       /* - -> struct kpu_flash_chip */
	KPU_OP_FLASH_READ = 0x0031,       /* kpu_flash_range -> bulk */
	KPU_OP_FLASH_WRITE = 0x0032,      /* kpu_flash_range, bulk to the board -> - */
	KPU_OP_FLASH_ERASE = 0x0033,      /* kpu_flash_range -> - */
	KPU_OP_FLASH_CHECK = 0x0034,      /* kpu_flash_range -> u32 CRC-32 of what the chip holds */
	KPU_OP_MODEL_LOAD_FLASH = 0x0040, /* kpu_load_flash_arguments -> kpu_load_result */
};

/* FLASH_*: one at a time, a second one is answered with BUSY. They take what the chip takes (an
 * erased sector 50 to 400 ms), while every other command is still answered; so does a run of a
 * model that streams from the flash wait for them, and WRITE and ERASE are BUSY while there is such
 * a model. WRITE programs: it can only clear bits. ERASE takes whole pieces of `erase_bytes`, a
 * power of two of which the chip is a multiple; a host takes another INFO for a damaged one. A
 * range outside of the chip is PARAM, a chip that reports a failure or never gets ready IO, none or
 * an unknown one NO_DEVICE.
 *
 * MODEL_LOAD_FLASH without the STREAM flag copies the model to memory: from then on it is a model
 * like others. With it, its layers are read from the flash in each run. The board answers IO when
 * the chip has been at work for FLASH_PATIENCE before, or when it reads for longer than LOAD_FLASH:
 * a host that gives up earlier never hears that, and does not know whether there is a model.
 */
#define KPU_FLASH_CHIP_MAX         0x80000000u
#define KPU_FLASH_PIECE_MAX        65536u /* of one READ, WRITE or ERASE; no sector is larger */
#define KPU_FLASH_PATIENCE_MS      4000u  /* 64 KiB are erased in up to 2 s (data sheets) */
#define KPU_LOAD_FLASH_MS          64000u /* 16 MiB at the lowest clock take half of that */
#define KPU_LOAD_FLASH_STREAM      0x00000001u
#define KPU_LOAD_FLASH_DUAL_BUFFER 0x00000002u /* read the next layer while one is computed */

/* SET_RATE: the board replies at the old rate, waits until the reply has been acknowledged or 20 ms
 * have passed, and switches. If no intact packet arrives within 500 ms at the new rate it returns
 * to the old one. The host switches after the reply and starts with a SYNC (same host id).
 */
#define KPU_SET_RATE_FALLBACK_MS 500u
#define KPU_BOOT_BAUD            115200u

enum kpu_wire_event {
	KPU_EVENT_LOG = 1, /* text of the firmware's log, not terminated */
};

enum kpu_wire_tap_kind {
	KPU_TAP_OUTPUT = 1,  /* output `index` of the model */
	KPU_TAP_LAYER = 2,   /* result of layer `index`, planar, without padding */
	KPU_TAP_PROFILE = 3, /* u32 CPU cycles of each layer run, in order */
};
#define KPU_TAPS_MAX       64u
#define KPU_RUN_ALL_LAYERS 0xffffffffu

enum kpu_wire_data_type {
	KPU_DATA_UINT8 = 0,
	KPU_DATA_FLOAT32 = 1,
	KPU_DATA_UINT32 = 2, /* profile */
};

/* Feature bits of struct kpu_board_info. */
#define KPU_FEATURE_KMODEL_V3 0x00000001u
#define KPU_FEATURE_KMODEL_V4 0x00000002u
#define KPU_FEATURE_FLASH     0x00000004u
/* The flash has a record of the board (link/board_record.h): it is followed; it is not, because it
 * is damaged, too new, or says what can not be. */
#define KPU_FEATURE_BOARD_RECORD     0x00000010u
#define KPU_FEATURE_BOARD_RECORD_BAD 0x00000020u

#endif
