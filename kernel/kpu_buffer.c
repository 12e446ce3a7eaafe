// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Buffers: pages that a program maps and the engine streams from and to, without a copy between.
 * The pages belong to the buffer and go with its last reference, not with the file or the board; so
 * long they count for the file, else a program could keep any number of them by mappings alone.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "kpu_internal.h"

/* Each handle owns this much of the file's mmap offsets. */
#define KPU_MMAP_STRIDE KPU_BUFFER_SIZE_MAX
/* Keeps the offset within the 32-bit page numbers of small machines. */
#define KPU_BUFFER_HANDLE_MAX 0xfffffu

static void kpu_buffer_account_free(struct kref *ref)
{
	kfree(container_of(ref, struct kpu_buffer_account, ref));
}

static bool kpu_buffer_charge(struct kpu_buffer_account *account, u64 size)
{
	bool fits;

	spin_lock(&account->lock);
	fits = account->bytes + size <= KPU_BUFFERS_SIZE_MAX;
	if (fits)
		account->bytes += size;
	spin_unlock(&account->lock);
	if (fits)
		kref_get(&account->ref);
	return fits;
}

static void kpu_buffer_uncharge(struct kpu_buffer_account *account, u64 size)
{
	spin_lock(&account->lock);
	account->bytes -= size;
	spin_unlock(&account->lock);
	kref_put(&account->ref, kpu_buffer_account_free);
}

static void kpu_buffer_free(struct kref *ref)
{
	struct kpu_buffer *buffer = container_of(ref, struct kpu_buffer, ref);
	unsigned int i;

	vunmap(buffer->address);
	for (i = 0; i < buffer->page_count; i++)
		__free_page(buffer->pages[i]);
	kvfree(buffer->pages);
	kpu_buffer_uncharge(buffer->account, buffer->size);
	kfree(buffer);
}

void kpu_buffer_put(struct kpu_buffer *buffer)
{
	kref_put(&buffer->ref, kpu_buffer_free);
}

static bool kpu_buffer_fill(struct kpu_buffer *buffer)
{
	unsigned int wanted = buffer->size >> PAGE_SHIFT;

	buffer->pages = kvcalloc(wanted, sizeof(*buffer->pages), GFP_KERNEL_ACCOUNT);
	if (!buffer->pages)
		return false;
	while (buffer->page_count < wanted) {
		struct page *page = alloc_page(GFP_HIGHUSER | __GFP_ZERO | __GFP_ACCOUNT);

		if (!page)
			return false;
		buffer->pages[buffer->page_count++] = page;
	}
	buffer->address = vmap(buffer->pages, wanted, VM_MAP, PAGE_KERNEL);
	return buffer->address;
}

static struct kpu_buffer *kpu_buffer_alloc(struct kpu_buffer_account *account, size_t size)
{
	struct kpu_buffer *buffer;

	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL_ACCOUNT);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	/* First, so that two threads cannot exceed the limit together. */
	if (!kpu_buffer_charge(account, size)) {
		kfree(buffer);
		return ERR_PTR(-EDQUOT);
	}
	kref_init(&buffer->ref);
	buffer->account = account;
	buffer->size = size;
	if (kpu_buffer_fill(buffer))
		return buffer;
	kpu_buffer_put(buffer);
	return ERR_PTR(-ENOMEM);
}

int kpu_buffer_create(struct kpu_client *client, void *argument)
{
	struct kpu_ioctl_buffer_create *request = argument;
	struct kpu_buffer *buffer;
	u32 handle;
	int error;

	if (request->flags || !request->size || request->size > KPU_BUFFER_SIZE_MAX)
		return -EINVAL;
	buffer = kpu_buffer_alloc(client->account, PAGE_ALIGN(request->size));
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	error = xa_alloc(&client->buffers, &handle, buffer, XA_LIMIT(1, KPU_BUFFER_HANDLE_MAX),
			 GFP_KERNEL_ACCOUNT);
	if (error) {
		kpu_buffer_put(buffer);
		return error;
	}
	request->handle = handle;
	request->mmap_offset = (u64)handle * KPU_MMAP_STRIDE;
	return 0;
}

int kpu_buffer_destroy(struct kpu_client *client, void *argument)
{
	struct kpu_ioctl_buffer_destroy *request = argument;
	struct kpu_buffer *buffer;

	if (request->reserved)
		return -EINVAL;
	buffer = xa_erase(&client->buffers, request->handle);
	if (!buffer)
		return -ENOENT;
	kpu_buffer_put(buffer);
	return 0;
}

int kpu_buffer_init(struct kpu_client *client)
{
	struct kpu_buffer_account *account;

	account = kzalloc(sizeof(*account), GFP_KERNEL_ACCOUNT);
	if (!account)
		return -ENOMEM;
	kref_init(&account->ref);
	spin_lock_init(&account->lock);
	client->account = account;
	xa_init_flags(&client->buffers, XA_FLAGS_ALLOC1);
	return 0;
}

void kpu_buffer_exit(struct kpu_client *client)
{
	struct kpu_buffer *buffer;
	unsigned long handle;

	xa_for_each(&client->buffers, handle, buffer)
		kpu_buffer_put(buffer);
	xa_destroy(&client->buffers);
	kref_put(&client->account->ref, kpu_buffer_account_free);
}

struct kpu_buffer *kpu_buffer_get(struct kpu_client *client, u32 handle, u64 offset, u64 size)
{
	struct kpu_buffer *buffer;

	xa_lock(&client->buffers);
	buffer = xa_load(&client->buffers, handle);
	if (!buffer)
		buffer = ERR_PTR(-ENOENT);
	else if (offset > buffer->size || size > buffer->size - offset)
		buffer = ERR_PTR(-EINVAL);
	else
		kref_get(&buffer->ref);
	xa_unlock(&client->buffers);
	return buffer;
}

static vm_fault_t kpu_mapping_fault(struct vm_fault *fault)
{
	struct kpu_buffer *buffer = fault->vma->vm_private_data;
	unsigned long index = fault->pgoff & ((KPU_MMAP_STRIDE >> PAGE_SHIFT) - 1);

	/* mremap() may have made the mapping longer than the buffer. */
	if (index >= buffer->page_count)
		return VM_FAULT_SIGBUS;
	fault->page = buffer->pages[index];
	get_page(fault->page);
	return 0;
}

static const struct vm_operations_struct kpu_mapping_operations = {
	.fault = kpu_mapping_fault,
};

static int kpu_mapping_release(struct inode *inode, struct file *file)
{
	kpu_buffer_put(file->private_data);
	return 0;
}

static const struct file_operations kpu_mapping_file_operations = {
	.owner = THIS_MODULE,
	.release = kpu_mapping_release,
};

/*
 * A mapping would hold the device's file, and closing that would not end its jobs and models as
 * long as anything is mapped. So it gets a file of its own, which holds nothing but the buffer.
 */
static int kpu_mapping_set_file(struct vm_area_struct *vma, struct kpu_buffer *buffer)
{
	struct file *file;

	file = anon_inode_getfile("[kpu buffer]", &kpu_mapping_file_operations, buffer, O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	vma_set_file(vma, file);
	fput(file);
	return 0;
}

int kpu_buffer_mmap(struct kpu_client *client, struct vm_area_struct *vma)
{
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	u64 size = vma->vm_end - vma->vm_start;
	struct kpu_buffer *buffer;
	int error;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (offset / KPU_MMAP_STRIDE > KPU_BUFFER_HANDLE_MAX)
		return -EINVAL;
	buffer = kpu_buffer_get(client, offset / KPU_MMAP_STRIDE, offset % KPU_MMAP_STRIDE, size);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	error = kpu_mapping_set_file(vma, buffer);
	if (error) {
		kpu_buffer_put(buffer);
		return error;
	}
	vma->vm_private_data = buffer;
	vma->vm_ops = &kpu_mapping_operations;
	return 0;
}
