/* SPDX-License-Identifier: GPL-2.0-only */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * What a transport (line discipline, SPI driver) and the core know of each other.
 *
 * A transport carries bytes; it knows nothing of packets, models or users. The core knows nothing
 * of ttys. One registered transport is one board and one /dev/kpuN.
 */
#ifndef KPU_TRANSPORT_H
#define KPU_TRANSPORT_H

#include <linux/types.h>

#include <uapi/kpu.h>

struct device;
struct kpu_device;
struct kpu_transport;

/**
 * struct kpu_transport_ops - what the core calls
 * @write: Hand up to @length bytes to the wire. Returns how many were taken; 0 for "no room now",
 *	after which the transport calls kpu_transport_wake() when there is; or a negative errno.
 *	Called from the board's engine thread only, without locks, may sleep for a short time.
 * @exchange: Instead of @write, for lines that keep packets apart by themselves: do what there is
 *	to do now, one transfer at most, by kpu_transport_next_packet() and
 *	kpu_transport_take_packet(). Returns true when there may be more to do at once, and lowers
 *	*@deadline (microseconds of kpu_transport_now()) to when it wants to be called though
 *	nothing happens. Called from the engine thread, without locks, may sleep as long as a
 *	transfer takes.
 * @set_rate: Change the line to so many bytes per second. Called from the engine thread. Optional.
 * @receive_ready: There is room again after kpu_transport_receive() took less than it was given.
 *	Called from the engine thread. Optional.
 * @boot_changed: Ask kpu_transport_boot_wanted() and kpu_transport_booting() again: the holder is
 *	asked to boot the board, or is not any more, or its time is over. Called from the engine
 *	thread. Optional.
 */
struct kpu_transport_ops {
	int (*write)(struct kpu_transport *transport, const u8 *bytes, size_t length);
	bool (*exchange)(struct kpu_transport *transport, u64 *deadline);
	int (*set_rate)(struct kpu_transport *transport, u32 bytes_per_second);
	void (*receive_ready)(struct kpu_transport *transport);
	void (*boot_changed)(struct kpu_transport *transport);
};

/**
 * struct kpu_transport - one line to one board, embedded in the transport driver's own structure
 * @ops: see above
 * @parent: device below which kpuN appears in sysfs, may be NULL
 * @name: shown to users, "tty ttyUSB0"
 * @bytes_per_second: rate of the line, 0 if unknown
 * @max_payload: largest payload of a packet that @ops->exchange can carry, 0: any
 * @device: private to the core
 */
struct kpu_transport {
	const struct kpu_transport_ops *ops;
	struct device *parent;
	char name[32];
	u32 bytes_per_second;
	u16 max_payload;
	struct kpu_device *device;
};

/* Creates /dev/kpuN and starts talking. @transport must stay until kpu_transport_unregister(). */
int kpu_transport_register(struct kpu_transport *transport);
/*
 * The line is gone: every waiting call of a user returns ENODEV, the device node goes. When this
 * returns ops are not called any more. May be called twice. Sleeps.
 */
void kpu_transport_shutdown(struct kpu_transport *transport);
/* Shutdown if needed, then drop the core's state. None of the calls below may run or follow. */
void kpu_transport_unregister(struct kpu_transport *transport);

/*
 * Bytes from the board; returns how many were taken. The rest has to be offered again after
 * ops->receive_ready(). One caller at a time. Any context.
 */
size_t kpu_transport_receive(struct kpu_transport *transport, const u8 *bytes, size_t length);
/*
 * From within ops->exchange(): the next packet to send, 0 if there is none or @room is too small
 * for the largest; a packet that came, or a damaged piece of one; the board has not answered for
 * long, whoever uses it shall know.
 */
size_t kpu_transport_next_packet(struct kpu_transport *transport, u8 *packet, size_t room);
void kpu_transport_take_packet(struct kpu_transport *transport, const u8 *packet, size_t length);
void kpu_transport_silent(struct kpu_transport *transport);
/* Clock of the core, microseconds. */
u64 kpu_transport_now(void);
/* The line has room to write again, or ops->exchange() something to do. Any context. */
void kpu_transport_wake(struct kpu_transport *transport);
/* @count bytes were lost or damaged in the receiver's hardware. Any context. */
void kpu_transport_overrun(struct kpu_transport *transport, unsigned int count);
/* The line's rate has changed. Process context. */
void kpu_transport_set_rate(struct kpu_transport *transport, u32 bytes_per_second);
/*
 * Booting by the holder, include/uapi/kpu.h tells how. There is somebody, or nobody, who boots the
 * board on demand. Sleeps.
 */
void kpu_transport_can_boot(struct kpu_transport *transport, bool can);
/* The holder is asked to. Any context. */
bool kpu_transport_boot_wanted(const struct kpu_transport *transport);
/* The line is the holder's: the core calls neither write() nor set_rate(), and wants no bytes. */
bool kpu_transport_booting(const struct kpu_transport *transport);
/* 0, -ENODEV, -EALREADY. Sleeps until the core has let go of the line. */
int kpu_transport_boot_begin(struct kpu_transport *transport, struct kpu_tty_boot_request *request);
/* 0, -ENODEV, -ECANCELED. Sleeps. */
int kpu_transport_boot_end(struct kpu_transport *transport,
			   const struct kpu_tty_boot_result *result);
/* Number N of /dev/kpuN. */
int kpu_transport_number(const struct kpu_transport *transport);

#endif
