// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/* CONFIG_KPU_DEBUG: /sys/kernel/debug/kpu/kpuN shows queues and the board's slots. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "kpu_internal.h"

static struct dentry *kpu_debugfs_root;

static const char *kpu_debugfs_job_state(const struct kpu_job *job)
{
	switch (job->state) {
	case KPU_JOB_QUEUED:
		return "queued";
	case KPU_JOB_RUNNING:
		return "running";
	default:
		return job->on_board ? "ended, on board" : "finished";
	}
}

static void kpu_debugfs_show_client(struct seq_file *file, struct kpu_client *client)
{
	struct kpu_job *job;

	seq_printf(file, "client: %u jobs, %u finished, %u loads\n", client->job_count,
		   client->finished_count, client->loads);
	list_for_each_entry(job, &client->unfinished, client_link)
		seq_printf(file, "  job %llu: %s\n", job->number, kpu_debugfs_job_state(job));
}

static int kpu_debugfs_show(struct seq_file *file, void *unused)
{
	struct kpu_device *device = file->private;
	struct kpu_client *client;

	mutex_lock(&device->lock);
	seq_printf(file, "state %s (%s), boots %u\n", kpu_state_name(device->state), device->reason,
		   device->generation);
	seq_printf(file, "link: session %d, staged %zu of %zu, receive queue %u\n",
		   device->session.state, device->staged_taken, device->staged,
		   kfifo_len(&device->received));
	seq_printf(file, "board: %u runs, %u models, %u loads, stray %d\n", device->runs_on_board,
		   device->models_on_board, device->loads, device->stray_model);
	list_for_each_entry(client, &device->clients, device_link)
		kpu_debugfs_show_client(file, client);
	mutex_unlock(&device->lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(kpu_debugfs);

void kpu_debugfs_init(void)
{
	kpu_debugfs_root = debugfs_create_dir("kpu", NULL);
}

void kpu_debugfs_exit(void)
{
	debugfs_remove(kpu_debugfs_root);
}

void kpu_debugfs_add(struct kpu_device *device)
{
	device->debugfs = debugfs_create_file(dev_name(&device->dev), 0400, kpu_debugfs_root,
					      device, &kpu_debugfs_fops);
}

void kpu_debugfs_remove(struct kpu_device *device)
{
	debugfs_remove(device->debugfs);
	device->debugfs = NULL;
}
