/* SPDX-License-Identifier: GPL-2.0-only */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * Objects of kpu.ko and who protects them.
 *
 * DOC: threads
 * Each board has one engine thread (kpu_engine.c). It alone reads received bytes, writes to the
 * transport and drives the clock of the session. ioctls put transactions into the link's host end
 * (link/host.h) and wake it. Transactions end in callbacks, which run with the device's lock held.
 *
 * DOC: locking, outer to inner
 *   locks of the caller (tty's ldisc semaphore; mmap_lock in mmap and fault)
 *     kpu_device.thread_lock starting, parking and stopping the engine
 *     kpu_device.line_lock  the engine's calls of write and set_rate: held, so that a boot can wait
 *                           for their end; never together with kpu_device.lock
 *     kpu_device.lock     session, host, state, clients, models, jobs, counters
 *       wait queue locks
 *     kpu_client.buffers  (xa_lock) table of a client's buffers
 *     kpu_buffer_account.lock  their sum
 * User memory is never touched, and the transport never called, with kpu_device.lock held. The
 * receive queue needs no lock: one producer (transport), one consumer (engine). Functions whose
 * comment says "locked" need kpu_device.lock.
 *
 * Nobody waits for the board with a lock held, nor in a way that keeps the host from suspending:
 * kpu_sleep_until() and what wait.h calls freezable.
 *
 * DOC: lifetimes
 * kpu_device lives as long as its struct device: the transport and each open file hold a reference.
 * A buffer is held by its handle, by mappings and by jobs and loads that use it, and counts in its
 * file's account until the last of them lets go. A model is held by its handle, by jobs and by its
 * own commands; the last one frees it on the board. A job is held until it has been taken (or its
 * file closed) and the board has let go of it.
 */
#ifndef KPU_INTERNAL_H
#define KPU_INTERNAL_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/kfifo.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <uapi/kpu.h>

#include "kpu_transport.h"
#include "link/commands.h"
#include "link/error.h"
#include "link/host.h"
#include "link/session.h"

#define KPU_DEVICES_MAX         16u
#define KPU_RECEIVE_QUEUE_BYTES (128u << 10) /* above the whole window of the session */
#define KPU_CHUNK_BYTES         4096u
#define KPU_LOADS_PER_CLIENT    4u
#define KPU_LOADS_PER_USER      16u /* with all files: the others' places are not for one alone */
#define KPU_LOADS_PER_DEVICE    64u
#define KPU_REASON_BYTES        96u

/* What the buffers of one open file take. Held by the file and by each buffer. */
struct kpu_buffer_account {
	struct kref ref;
	spinlock_t lock;
	u64 bytes;
};

struct kpu_buffer {
	struct kref ref;
	struct kpu_buffer_account *account;
	size_t size; /* whole pages */
	unsigned int page_count;
	struct page **pages;
	u8 *address; /* the kernel's mapping */
};

struct kpu_model {
	unsigned int references; /* locked */
	struct kpu_device *device;
	struct kpu_client *loading_client;  /* whose count of loads this is in; NULL if closed */
	kuid_t user;                        /* of that file, whatever has become of it */
	struct list_head load_link;         /* device->loading */
	struct kpu_buffer *buffer;          /* while it is being sent */
	struct kpu_transaction transaction; /* of the load, later of the free */
	bool loaded;                        /* set locked */
	struct kpu_load_result result;
	u32 generation;    /* of the device when the load was submitted */
	u16 status;        /* of the load */
	bool on_board;     /* has a handle there that must be freed */
	bool closing;      /* being unloaded: no new jobs */
	unsigned int jobs; /* not finished */
};

enum kpu_job_state {
	KPU_JOB_QUEUED,  /* in its client's queue */
	KPU_JOB_RUNNING, /* handed to the link */
	KPU_JOB_FINISHED,
};

struct kpu_job {
	u64 number;
	u64 user_data;
	struct kpu_client *client;    /* NULL once taken or its file closed */
	struct list_head client_link; /* client->unfinished or client->finished */
	struct list_head queue_link;  /* client->queue, then device->running */
	enum kpu_job_state state;
	bool on_board; /* holds one of the board's slots for runs, even after it has finished */
	bool ended_early;
	struct kpu_model *model;
	struct kpu_buffer *input, *output;
	u32 output_bytes;                   /* sum of the taps' limits */
	u64 deadline;                       /* microseconds of the engine's clock */
	struct kpu_transaction transaction; /* of the run, then of its cancellation */
	struct kpu_run_arguments arguments;
	struct kpu_run_result result;
	u16 status;
	u64 queued_ns, started_ns, sent_ns, finished_ns;
};

/* One open file. */
struct kpu_client {
	struct kpu_device *device;
	kuid_t user; /* who opened it */
	struct list_head device_link;
	struct list_head turn; /* device->turns while the queue is not empty */
	wait_queue_head_t wait;
	unsigned int changes; /* locked for writing: jobs that ended, for waiters */

	struct xarray buffers;
	struct kpu_buffer_account *account;

	/* Locked. */
	struct xarray models;
	unsigned int loads;
	struct list_head queue, unfinished, finished;
	unsigned int job_count, finished_count;
	u64 last_job;
};

enum kpu_boot_phase {
	KPU_BOOT_NONE,
	KPU_BOOT_WANTED,  /* the holder has been asked */
	KPU_BOOT_RUNNING, /* the line is the holder's */
};

struct kpu_link_totals {
	struct kpu_link_counters last;
	u64 bytes_sent, bytes_received, packets_sent, packets_received;
};

struct kpu_device {
	struct device dev;
	struct cdev cdev;
	int number;
	struct kpu_transport *transport; /* engine thread */
	char transport_name[32];
	bool shut_down; /* transport's own calls */

	struct mutex lock, line_lock, thread_lock;
	bool gone;
	wait_queue_head_t ended; /* a request, a run on the board, a turn with the flash */

	/* Engine. */
	struct task_struct *thread;
	wait_queue_head_t wake;
	unsigned long flags;
	atomic_t overruns, rate;
	struct kfifo received;
	u8 *chunk;
	u8 *staging;
	size_t staged, staged_taken;
	u32 rate_switch;
	u64 notify_at; /* not sooner */
	u8 *session_memory;
	struct kpu_session session;
	struct kpu_host host;
	struct kpu_link_totals totals;

	/* State and recovery. */
	u32 state;
	char reason[KPU_REASON_BYTES];      /* of the state, empty when all is well */
	char last_reason[KPU_REASON_BYTES]; /* of the last trouble */
	u16 dead_status;
	bool had_session, info_valid, info_pending;
	unsigned int info_attempts;
	enum kpu_session_loss loss; /* why the last session ended */
	u64 lost_at, retry_at, release_at;
	u64 reboot_until; /* told to reboot: until then another life is waited for */
	u64 ask_at;       /* for INFO */
	u32 errors_seen;
	u64 errors_ask_at;
	u32 generation; /* counts boots of the board */
	struct kpu_board_info info;
	struct kpu_transaction info_transaction, service_transaction;
	bool service_pending;
	struct kpu_ioctl_driver_counters counters;

	/* Sleep of the host. */
	bool suspended; /* no new runs */
	bool parked;    /* under thread_lock */
	u64 suspended_at;
	struct work_struct resume_work;

	/* Boot by the holder. */
	bool can_boot;
	bool after_boot; /* the next session is the first one after a boot */
	enum kpu_boot_phase boot_phase;
	unsigned int boot_attempts; /* asked for since the board was ready */
	u64 boot_deadline;          /* of the phase */
	u32 boot_reason;
	char boot_text[KPU_REASON_BYTES];

	/* Rate of the line, bytes per second. */
	u32 rate_wanted, rate_next; /* the one to keep; the one to take at rate_due, 0 = another */
	u64 rate_due;
	u32 rate_last, rate_asked; /* of the last session; of the last SET_RATE; 0 = none */
	unsigned int rate_candidate, rate_attempts;
	bool rate_pending;
	u32 rate_syncs; /* sessions when SET_RATE was submitted */
	/* Errors: the current window, and what follows from them. */
	u64 rate_window_end, rate_drain_until; /* no new runs before the rate is lowered; 0 = off */
	u32 rate_seen_errors, rate_seen_packets;
	unsigned int rate_bad_windows;
	u32 rate_ceiling; /* 0 = none */
	struct kpu_transaction rate_transaction;

	/* Clients and scheduling. */
	struct list_head clients, turns, running;
	unsigned int client_count;
	unsigned int runs_on_board;
	struct list_head loading, flash_turns;
	atomic_t commands; /* queries that the board is asked, with kpu_command_run() */
	unsigned int loads, models_on_board;
	bool stray_model; /* a load's outcome is unknown: the board may hold a model nobody owns */
	u64 job_deadline; /* earliest that is possible */
	u64 busy_until;   /* no runs: the board has just had no place for one */
	struct dentry *debugfs;
};

enum kpu_device_flag {
	KPU_FLAG_KICKED,          /* the engine has something to do */
	KPU_FLAG_RECEIVE_BLOCKED, /* the transport holds bytes back */
	KPU_FLAG_NOTIFY,          /* state has changed, tell user space */
	KPU_FLAG_BOOT_CHANGED,    /* tell the transport */
};

static inline struct kpu_device *kpu_device_of(struct device *dev)
{
	return container_of(dev, struct kpu_device, dev);
}

/* kpu_main.c */
extern struct class kpu_class;
extern const struct attribute_group *kpu_attribute_groups[];
int kpu_number_get(void);
void kpu_number_put(int number);
dev_t kpu_device_number(int number);

/* kpu_device.c */
u64 kpu_now_us(void);
/* Errno for a status; 0 for KPU_STATUS_OK. */
int kpu_status_errno(u16 status);
/* A status as the board sent it: numbers outside the table become KPU_STATUS_UNKNOWN. */
u16 kpu_status_known(u16 status);
/* 0, -ENODEV after unplug, -EIO while the device is dead. Locked. */
int kpu_device_usable(const struct kpu_device *device);
/* Copies a string of the board, up to @size bytes, everything but printable ASCII replaced. */
void kpu_sanitise(char *out, size_t room, const char *in, size_t size);

/*
 * Waits in a system call for @condition, woken by @queue, at most @jiffies. @state says what
 * interrupts it: TASK_INTERRUPTIBLE or TASK_KILLABLE. When the host is suspended the caller is
 * frozen as it sleeps. Returns what is left of @jiffies, at least 1; 0: time over; -ERESTARTSYS.
 */
#define kpu_sleep_until(queue, condition, jiffies, state)                             \
	({                                                                            \
		long __limit = (jiffies), __ret = __limit;                            \
		might_sleep();                                                        \
		if (!___wait_cond_timeout(condition))                                 \
			__ret = ___wait_event(queue, ___wait_cond_timeout(condition), \
					      ((state) | TASK_FREEZABLE), 0, __limit, \
					      __ret = schedule_timeout(__ret));       \
		__ret;                                                                \
	})

/* kpu_command.c: one request and its reply, for queries. */
struct kpu_command {
	struct kpu_transaction transaction;
	struct kpu_device *device;
	bool done; /* set locked */
};

/*
 * Waits for its turn and until the board has answered, interruptible, at most @timeout_ms. The
 * caller frees *@out with kfree() on success.
 */
int kpu_command_run(struct kpu_device *device, u16 opcode, unsigned int timeout_ms,
		    struct kpu_command **out);

/* kpu_engine.c */
int kpu_engine_start(struct kpu_device *device);
void kpu_engine_stop(struct kpu_device *device);
void kpu_engine_free(struct kpu_device *device);
void kpu_engine_kick(struct kpu_device *device);
/* The engine stands still in between; neither does anything after kpu_engine_stop(). */
void kpu_engine_park(struct kpu_device *device);
void kpu_engine_unpark(struct kpu_device *device);

/* kpu_power.c */
extern const struct dev_pm_ops kpu_power_operations;
void kpu_power_init(struct kpu_device *device);
/* The device must be gone. */
void kpu_power_exit(struct kpu_device *device);
/* From the engine, before and after it stands still. Locked. */
void kpu_power_asleep(struct kpu_device *device);
void kpu_power_awake(struct kpu_device *device);

/* kpu_recovery.c, all locked */
void kpu_recovery_init(struct kpu_device *device);
void kpu_recovery_poll(struct kpu_device *device, u64 now);
u64 kpu_recovery_deadline(const struct kpu_device *device);
/*
 * Somebody wants the board to start anew. 0 when that is under way; -ENODEV, -EBUSY it is being
 * booted or reboots, -EIO there is no way: no holder that boots it, and no session.
 */
int kpu_recovery_reset(struct kpu_device *device);
/* The board answers packets but not commands: reset it. */
void kpu_recovery_board_stuck(struct kpu_device *device, const char *why);
/* Frees models on the board that no client owns, when no other is left. */
void kpu_recovery_release_strays(struct kpu_device *device);
/* The board is known and the line is as it should be. */
void kpu_recovery_ready(struct kpu_device *device);
void kpu_recovery_protocol_error(struct kpu_device *device, const char *what);
void kpu_recovery_die(struct kpu_device *device, u16 status, const char *reason);
/* The line goes to the holder, who boots the board; and comes back with a board that should run. */
void kpu_recovery_booting(struct kpu_device *device, const char *reason);
void kpu_recovery_booted(struct kpu_device *device);
/* The host has slept: nobody knows what has become of board and session. */
void kpu_recovery_host_awake(struct kpu_device *device);
const char *kpu_state_name(u32 state);

/* kpu_boot.c, all locked */
/* There is a holder, and it has not been tried often enough. */
bool kpu_boot_possible(const struct kpu_device *device);
/* Asks the holder; false when that is not possible. */
bool kpu_boot_ask(struct kpu_device *device, u32 reason, const char *why);
/* Forgets that booting has not helped. */
void kpu_boot_new_chance(struct kpu_device *device);
void kpu_boot_board_ready(struct kpu_device *device);
void kpu_boot_poll(struct kpu_device *device, u64 now);
void kpu_boot_postpone(struct kpu_device *device, u64 microseconds);

/* kpu_rate.c, all locked */
void kpu_rate_init(struct kpu_device *device);
void kpu_rate_session_up(struct kpu_device *device);
void kpu_rate_session_down(struct kpu_device *device);
/* The line is given away. */
void kpu_rate_stop(struct kpu_device *device);
/* The holder names the rate to keep; 0: as before. */
void kpu_rate_want(struct kpu_device *device, u32 rate);
/* Starts changing the rate if it is not the wanted one; then there will be another session. */
bool kpu_rate_adjust(struct kpu_device *device);
/* Lowers the rate when there are too many errors. */
void kpu_rate_watch(struct kpu_device *device, u64 now);
/* Goes to the rate of the boot and starts a session there. */
void kpu_rate_restart(struct kpu_device *device);
/* The rate to switch to now, 0 for none. */
u32 kpu_rate_poll(struct kpu_device *device, u64 now);

/* kpu_file.c */
extern const struct file_operations kpu_file_operations;

/* kpu_query.c */
int kpu_query(struct kpu_client *client, void *argument);
/* Locked. */
void kpu_query_device(const struct kpu_device *device, struct kpu_ioctl_device_info *out);
void kpu_query_host_link(const struct kpu_device *device, struct kpu_ioctl_link_counters *out);
void kpu_query_driver(const struct kpu_device *device, struct kpu_ioctl_driver_counters *out);

/* kpu_buffer.c */
/* Of a new file, for kpu_buffer_exit(); -ENOMEM. */
int kpu_buffer_init(struct kpu_client *client);
/* Lets go of all buffers that the file still has, and of its account. */
void kpu_buffer_exit(struct kpu_client *client);
int kpu_buffer_create(struct kpu_client *client, void *argument);
int kpu_buffer_destroy(struct kpu_client *client, void *argument);
int kpu_buffer_mmap(struct kpu_client *client, struct vm_area_struct *vma);
/* Takes a reference and checks the range. ERR_PTR(-ENOENT or -EINVAL). */
struct kpu_buffer *kpu_buffer_get(struct kpu_client *client, u32 handle, u64 offset, u64 size);
void kpu_buffer_put(struct kpu_buffer *buffer);

/* kpu_flash.c */
int kpu_flash(struct kpu_client *client, void *argument);

/* kpu_model.c */
int kpu_model_load(struct kpu_client *client, void *argument);
int kpu_model_load_flash(struct kpu_client *client, void *argument);
int kpu_model_unload(struct kpu_client *client, void *argument);
/* Locked. */
void kpu_model_release_all(struct kpu_client *client);
struct kpu_model *kpu_model_find(struct kpu_client *client, u32 handle);
void kpu_model_put(struct kpu_model *model);
bool kpu_model_lost(const struct kpu_model *model);

/* kpu_job.c */
int kpu_job_submit(struct kpu_client *client, void *argument);
int kpu_job_cancel(struct kpu_client *client, void *argument);
/* Locked. */
void kpu_job_finish(struct kpu_job *job, u16 status);
void kpu_job_release_all(struct kpu_client *client);
void kpu_job_drop_if_done(struct kpu_job *job);
struct kpu_job *kpu_job_find(struct kpu_client *client, u64 number);

/* kpu_wait.c */
int kpu_job_wait(struct kpu_client *client, void *argument);

/* kpu_scheduler.c, all locked */
void kpu_scheduler_enqueue(struct kpu_job *job);
/* Ends a job that has not finished yet: off the queue, or abandoned and cancelled on the board. */
void kpu_scheduler_end(struct kpu_job *job, u16 status);
/* Hands over as many jobs as the board takes, clients in turn. */
void kpu_scheduler_run(struct kpu_device *device);
void kpu_scheduler_expire(struct kpu_device *device, u64 now);
void kpu_scheduler_postpone(struct kpu_device *device, u64 microseconds);
/* Ends all jobs that wait in queues. */
void kpu_scheduler_fail_queued(struct kpu_device *device, u16 status);
void kpu_scheduler_stamp(struct kpu_device *device);

/* kpu_debugfs.c */
#ifdef CONFIG_KPU_DEBUG
void kpu_debugfs_init(void);
void kpu_debugfs_exit(void);
void kpu_debugfs_add(struct kpu_device *device);
void kpu_debugfs_remove(struct kpu_device *device);
#else
static inline void kpu_debugfs_init(void)
{
}
static inline void kpu_debugfs_exit(void)
{
}
static inline void kpu_debugfs_add(struct kpu_device *device)
{
}
static inline void kpu_debugfs_remove(struct kpu_device *device)
{
}
#endif

#endif
