/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
/*
 * libkpu: a Kendryte K210 board as neural coprocessor of this computer.
 *
 *	struct kpu_device *device;
 *	struct kpu_model *model;
 *	struct kpu_result *result;
 *	struct kpu_error error;
 *
 *	if (kpu_open("emu:", &device, &error) < 0)
 *		errx(1, "%s (%s)", error.message, error.next_step);
 *	kpu_load(device, "face.kmodel", NULL, &model);
 *	kpu_forward(model, input, input_size, &result);
 *
 * Objects
 *	kpu_device	a board
 *	kpu_network	a model file that has been read and checked, no board needed
 *	kpu_model	a network loaded on a board
 *	kpu_job		one run of a model, asynchronous
 *	kpu_result	tensors that a run brought back
 *	kpu_yolo2	parameters of a detector's last step
 *	kpu_detections	objects found
 *
 * Errors. Functions that can fail return 0 or a negative number: -KPU_ERR_TIMEOUT and so on.
 * kpu_last_error() adds a sentence that names what was wrong and what to do about it. The library
 * never prints, aborts or exits, has no global state and installs no signal handlers.
 *
 * Threads. Every function may be called from any thread at any time, on the same object too, with
 * one exception: an object must not be freed (kpu_close, kpu_..._free) while another call uses it.
 * Results, detections, networks and yolo2 objects never change once made.
 *
 * Time. No call blocks without a bound; those that talk to the board say how long they may take.
 *
 * Layout. Tensors and model inputs are planar: all of channel 0 row by row, then channel 1. There
 * is no padding anywhere. Shapes are given as width, height, channels.
 *
 * Function names in [brackets] are the counterparts in MaixPy v1's KPU module.
 */
#ifndef KPU_H
#define KPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- errors ----------------------------------------------------------------------------------- */

/* 2001..2015 mean what they mean in MaixPy v1. Functions return these numbers negated. */
enum kpu_error_code {
	KPU_ERR_NONE = 0,
	KPU_ERR_PARAM = 2001,
	KPU_ERR_KMODEL_VERSION = 2002,
	KPU_ERR_KMODEL_FORMAT = 2003,
	KPU_ERR_DECRYPT = 2004,
	KPU_ERR_READ_FILE = 2005,
	KPU_ERR_NO_MEM = 2006,
	KPU_ERR_GET_CONV_LAYER = 2007,
	KPU_ERR_RUN_MODEL = 2008,
	KPU_ERR_MODELS_FULL = 2009,
	KPU_ERR_PERMISSION = 2010,
	KPU_ERR_IDX_OUTRANGE = 2011,
	KPU_ERR_SIZE_NOTMATCH = 2012,
	KPU_ERR_OUTPUTS_NODONE = 2013,
	KPU_ERR_NOT_IMPLEMENT = 2014,
	KPU_ERR_UNKNOWN = 2015,
	KPU_ERR_NO_DEVICE = 2101,
	KPU_ERR_DEVICE_GONE = 2102,
	KPU_ERR_TIMEOUT = 2103,
	KPU_ERR_CANCELLED = 2104,
	KPU_ERR_BUSY = 2105,
	KPU_ERR_IO = 2106,
	KPU_ERR_PROTOCOL = 2107,
	KPU_ERR_VERSION_MISMATCH = 2108,
	KPU_ERR_BOARD_RESET = 2109,
	KPU_ERR_RESULT_LOST = 2110,
	KPU_ERR_HOST_MEMORY = 2111,
	KPU_ERR_KPU_HUNG = 2112,
	KPU_ERR_CHECKSUM = 2113,
	KPU_ERR_NO_HANDLE = 2114,
	KPU_ERR_BAD_IMAGE = 2115,
	KPU_ERR_NO_MODULE = 2116,
};

/* What went wrong, in full. The caller owns it; nothing in it needs to be freed. */
struct kpu_error {
	int code;            /* enum kpu_error_code, positive; 0 = no error */
	char message[256];   /* a sentence that names the value, file or layer at fault */
	char next_step[128]; /* what to do about it */
};

/*
 * General sentence, name ("KPU_ERR_TIMEOUT") and next step of an error number, of either sign.
 * Numbers 1..15 of old MaixPy firmware mean 2001..2015. Never NULL, never to be freed.
 */
const char *kpu_strerror(int code);
const char *kpu_error_name(int code);
const char *kpu_error_next_step(int code);

/* --- boot ------------------------------------------------------------------------------------- */

/*
 * A board keeps nothing: its firmware is brought into its memory through the chip's mask ROM, over
 * the serial port and its DTR and RTS lines. What is in the board's flash is neither read nor
 * changed. kpu_open("tty:...") does it by itself; these functions are for programs that want to see
 * it happen or have the port open already. See docs/boot.md.
 */

struct kpu_boot_options {
	const char *firmware;    /* path; NULL: the installed one */
	const char *first_stage; /* path; NULL: kpu-first-stage.bin beside the firmware */
	const char *style;       /* how DTR and RTS are wired: "dan", "kd233" (or "goe"), "god";
				    NULL: the usual one of such boards first, then the others */
	uint32_t max_rate;       /* baud; 0: what the bridge is known to do */
	/* Told what happens, a sentence at a time, from within the call. NULL: nobody. */
	void (*log)(void *log_context, const char *line);
	void *log_context;
	/* Asked all the time from within the call: true ends it with CANCELLED within half a
	 * second, and the board runs what its flash holds. NULL: nobody is asked. */
	bool (*stop)(void *stop_context);
	void *stop_context;
};

struct kpu_boot_result {
	char board[64];          /* what the USB ids stand for, or "unknown board" */
	char style[16];          /* the one that worked; empty: none did */
	uint32_t rate;           /* the highest that works, baud. The firmware starts at 115200 */
	uint32_t bytes;          /* of the firmware */
	uint32_t errors_healed;  /* frames that were damaged or lost, and sent again */
	uint32_t rom_us;         /* from reset to the mask ROM's answer */
	uint32_t first_stage_us; /* until the first stage ran */
	uint32_t rate_us;        /* until the rate was found */
	uint32_t load_us;        /* until the firmware was there */
	uint32_t total_us;       /* all of it, other reset styles and attempts included */
};

/*
 * Opens @path, resets the board, brings the firmware there and starts it; the port is closed and
 * the firmware waits for kpu_open("tty:PATH?boot=no"). @options may be NULL. @result and @error
 * may be NULL. A board that is in use by another program is left alone: BUSY. When nothing answers,
 * the port's settings and lines are put back.
 * Takes at most 60 s, usually 1.
 * Errors: PARAM (no such style), READ_FILE, NO_DEVICE (no such port, or no K210 behind it),
 * PERMISSION, BUSY, TIMEOUT, CHECKSUM, DEVICE_GONE, IO, HOST_MEMORY.
 */
int kpu_boot_tty(const char *path, const struct kpu_boot_options *options,
		 struct kpu_boot_result *result, struct kpu_error *error);
/*
 * The same on a descriptor that is open, for reading and writing, in raw mode, and not used by
 * another thread meanwhile. Stays open, at 115200 baud.
 */
int kpu_boot_fd(int fd, const struct kpu_boot_options *options, struct kpu_boot_result *result,
		struct kpu_error *error);

/* --- device ----------------------------------------------------------------------------------- */

struct kpu_device;

/*
 * Opens a board.
 *
 * @uri	dev:/dev/kpu0		through the kernel module; many programs at once
 *	/dev/kpu0		the same
 *	tty:/dev/ttyUSB0	the serial port itself, no kernel module; one program at a time.
 *				A board that does not run our firmware is reset and booted.
 *				?baud=N highest rate after the start (default: what works)
 *				?boot=no leaves a board that does not answer alone
 *				?style=dan|kd233|goe|god how DTR and RTS reset it
 *	/dev/ttyUSB0		the same
 *	spi:/dev/spidev0.0?ready=CHIP:LINE	an SPI bus by spidev, no module of ours; one program
 *				at a time. CHIP:LINE is the board's ready line, as
 *				/dev/gpiochip0:25 or pinctrl-bcm2711:25; &hz=N the fastest clock of
 *				the wiring (10000000), &wires=1 one data wire. See docs/spi.md
 *	emu:			an emulated board as child process, gone when this process ends.
 *				?clock=real	durations of a real board instead of none
 *				?kpu=reference	plain accelerator model instead of the fast one
 *				?firmware=PATH, ?emulator=PATH	instead of those found by themselves
 *				?firmware=flash	what the flash holds (?flash=FILE), through the
 *				mask ROM
 *				further ones are options of k210-emu(1); join them with &
 *	NULL			$KPU_DEVICE, else the first /dev/kpuN
 * @device	out; free with kpu_close()
 * @error	may be NULL; the only place for the sentence, as there is no device to ask yet
 *
 * Takes at most 10 s when nothing answers, 25 s when what answers does so to some questions only;
 * with a board that is booted first, here or by who attached it, usually 2 s and, on a bad line, up
 * to 60 s before that.
 * Errors: PARAM, NO_DEVICE, NO_MODULE, PERMISSION, BUSY, TIMEOUT, VERSION_MISMATCH, HOST_MEMORY,
 * IO, and those of kpu_boot_tty().
 */
int kpu_open(const char *uri, struct kpu_device **device, struct kpu_error *error);

/*
 * Ends all jobs, frees the models on the board and closes it. Models, jobs, inputs and results of
 * the device may still be freed afterwards, results may still be read; whatever else is called with
 * them returns NO_HANDLE. NULL is allowed. Takes at most 3 s.
 */
void kpu_close(struct kpu_device *device);

/*
 * Sentence of the last call on @device or one of its models and jobs that failed, from any thread.
 * Each thread that needs its own opens its own device. Cleared by nothing but the next failure.
 */
void kpu_last_error(struct kpu_device *device, struct kpu_error *error);

/*
 * Time-out of loads and runs that name none themselves, from now on; 0, as at first, is long enough
 * for the line of a computer that is not busy with other things. Any thread.
 */
void kpu_set_timeout(struct kpu_device *device, uint32_t timeout_ms);

#define KPU_FEATURE_V3 (1u << 0) /* runs kmodel V3 */
#define KPU_FEATURE_V4 (1u << 1) /* runs kmodel V4 */
/* The board's flash has a record of its wiring: the firmware follows it; it refused it and uses
 * the pins that it was built with. */
#define KPU_FEATURE_PINS_RECORD  (1u << 4)
#define KPU_FEATURE_PINS_REFUSED (1u << 5)

struct kpu_device_info {
	char uri[128];      /* in full, as kpu_open() takes it */
	char transport[32]; /* how the board is reached, e.g. "tty ttyUSB0" */
	char board[16];     /* what the firmware calls itself */
	uint32_t firmware;  /* version: major << 16 | minor << 8 | patch */
	uint32_t features;  /* KPU_FEATURE_* */
	uint32_t cpu_hz;
	uint32_t kpu_hz;
	uint64_t boot_id;       /* changes when the board restarts */
	uint32_t reset_cause;   /* SYSCTL reset_status at boot */
	uint32_t last_crash_pc; /* of the firmware, 0 = none */
	uint32_t memory_total;  /* bytes for models and their work buffers */
	uint32_t firmware_size; /* bytes that the firmware takes */
	uint32_t max_models;
	uint32_t max_jobs;  /* runs that the board takes at once; more wait on the host */
	uint32_t line_rate; /* bytes per second of the line, 0 = unknown */
	uint32_t reserved[13];
};

/* No traffic on the wire. */
int kpu_device_info(struct kpu_device *device, struct kpu_device_info *info);

struct kpu_memory {
	uint32_t total; /* bytes for models and their work buffers */
	uint32_t free;
	uint32_t largest_free; /* one piece */
	uint32_t models;       /* loaded now, by all programs */
};

/* Asks the board, at most 2 s. kpu_memory_plan() says whether a model fits. [memtest] */
int kpu_memory(struct kpu_device *device, struct kpu_memory *memory);

/* Time of one question and answer, microseconds. At most 2 s. */
int kpu_ping(struct kpu_device *device, uint32_t *microseconds);

/* Counters of one end of the line since it was attached (host) or booted (board). */
struct kpu_link_statistics {
	uint64_t bytes_sent, bytes_received;
	uint64_t packets_sent, packets_received;
	uint32_t retransmitted;
	uint32_t header_crc_errors, payload_crc_errors, frame_errors;
	uint32_t out_of_order, duplicates;
	uint32_t naks_sent, naks_received;
	uint32_t timeouts;
	uint32_t window_stalls; /* had data, had no credit */
	uint32_t sessions;      /* times that the session was established */
	uint32_t overruns;      /* bytes lost in the receiver's hardware */
};

/* Either pointer may be NULL. With @board, asks the board: at most 2 s. */
int kpu_link_statistics(struct kpu_device *device, struct kpu_link_statistics *host,
			struct kpu_link_statistics *board);

/* What the kernel driver does about a board in trouble; docs/uapi.md tells the ladder's steps. */
struct kpu_recovery_statistics {
	char state[16];       /* connecting, ready, recovering, booting, dead */
	char reason[96];      /* why it is in this state; empty when all is well */
	char last_reason[96]; /* of the last trouble, also when all is well again */
	uint32_t retransmissions, resyncs, session_restarts, board_resets;
	uint32_t boots_asked, boots_done, boots_failed, deaths, rate_fallbacks;
};

/* Errors: NOT_IMPLEMENT for devices without the kernel driver, DEVICE_GONE. */
int kpu_recovery_statistics(struct kpu_device *device, struct kpu_recovery_statistics *recovery);

/* --- tensors ---------------------------------------------------------------------------------- */

enum kpu_tensor_type {
	KPU_TENSOR_UINT8 = 0,
	KPU_TENSOR_FLOAT32 = 1,
	KPU_TENSOR_UINT32 = 2, /* profiles */
};

struct kpu_tensor_info {
	uint32_t type; /* enum kpu_tensor_type */
	uint32_t width, height, channels;
	size_t elements; /* width * height * channels */
	size_t bytes;
	/*
	 * For UINT8: the real number that byte q stands for is q * scale + bias. Where the file
	 * does not tell (most inner layers): scale is 0.
	 */
	float scale, bias;
};

/* --- network: a model file on the host -------------------------------------------------------- */

struct kpu_network;

/*
 * Reads and checks a model file: kmodel V3 or V4, also with reversed words ("be" files for
 * MaixPy's load_flash), which are put right. Encrypted files and other versions are refused by
 * name.
 *
 * @network	out; free with kpu_network_free()
 * @error	may be NULL
 *
 * Errors: READ_FILE, KMODEL_VERSION, KMODEL_FORMAT, DECRYPT, NOT_IMPLEMENT, HOST_MEMORY.
 */
int kpu_network_open(const char *path, struct kpu_network **network, struct kpu_error *error);

/* The same from memory. @data is copied. */
int kpu_network_parse(const void *data, size_t size, struct kpu_network **network,
		      struct kpu_error *error);

/* Models loaded from it are not concerned. NULL is allowed. */
void kpu_network_free(struct kpu_network *network);

struct kpu_network_info {
	uint32_t version; /* of the kmodel format: 3 or 4 */
	uint32_t layers, inputs, outputs;
	size_t file_size;
	size_t input_bytes;     /* all inputs one behind the other: what kpu_forward() takes */
	size_t output_bytes;    /* all outputs */
	size_t work_bytes;      /* work buffer on the board */
	size_t board_bytes;     /* memory that it takes on the board in all */
	size_t ai_sram_bytes;   /* of the accelerator's 2 MiB */
	uint32_t weight_bits;   /* of the convolutions: 8 or 16 */
	uint32_t largest_layer; /* layer with the most parameters */
	uint64_t macs;          /* multiply-accumulate operations of one run */
	size_t largest_layer_bytes;
	uint32_t crc32;     /* of the file, words in the right order: tells networks apart */
	bool word_reversed; /* the file's words were reversed and have been put right */
};

/* Error: PARAM for a NULL. */
int kpu_network_info(const struct kpu_network *network, struct kpu_network_info *info);

/* One row of netinfo. Shapes, kernel and so on are 0 for layers that are not KPU convolutions. */
struct kpu_layer_info {
	uint32_t index;
	uint32_t type;         /* number in the file: 10240 = convolution, 12 = dequantize, ... */
	const char *type_name; /* "K210_CONV", "DEQUANTIZE", ...; static storage */
	bool convolution;
	bool depthwise;
	uint32_t input_width, input_height, input_channels;
	uint32_t output_width, output_height, output_channels;
	uint32_t kernel;          /* 1 or 3 */
	uint32_t pool;            /* number in the file, 0 = none */
	const char *pool_name;    /* "max 2x2", ... static storage; "" for none */
	uint32_t parameter_bytes; /* body of the layer in the file */
	uint32_t load_bytes;      /* weights per load, what MaixPy calls para_size */
	uint32_t output_bytes;    /* of kpu_forward_layer(); 0 = layer cannot be brought back */
	uint64_t macs;
};

/* [netinfo] Errors: IDX_OUTRANGE. */
int kpu_network_layer(const struct kpu_network *network, uint32_t index,
		      struct kpu_layer_info *layer);
int kpu_network_input(const struct kpu_network *network, uint32_t index,
		      struct kpu_tensor_info *info);
int kpu_network_output(const struct kpu_network *network, uint32_t index,
		       struct kpu_tensor_info *info);

/* --- model: a network on a board -------------------------------------------------------------- */

struct kpu_model;

struct kpu_load_options {
	/* Called as bytes leave for the board, from the calling thread; may be NULL. Must not call
	 * functions on the same device. Returning false cancels the loading (CANCELLED). */
	bool (*progress)(void *context, size_t done, size_t total);
	void *context;
	uint32_t timeout_ms; /* 0 = kpu_set_timeout(), else long enough for the line */
};

/* Whether a network fits on a board. */
struct kpu_memory_plan {
	bool fits;
	char text[200]; /* the numbers as a sentence */
	size_t needs;   /* bytes: the file and the work buffer */
	size_t file_bytes, work_bytes;
	struct kpu_memory board; /* what it has now */
	uint32_t largest_layer;  /* layer with the most parameters */
	size_t largest_layer_bytes;
};

/*
 * Compares what @network needs with what the board has; asks the board, at most 2 s. The loading
 * functions do so by themselves. That a network does not fit is no error of this function.
 */
int kpu_memory_plan(struct kpu_device *device, const struct kpu_network *network,
		    struct kpu_memory_plan *plan);

/*
 * Sends a model to the board, which checks it again. Its fitting is computed before a byte is sent.
 *
 * @options	may be NULL
 * @model	out; free with kpu_model_free()
 *
 * Blocks until the board has answered. Models go one after the other and share the line with runs,
 * so the default time-out is eight times what the line needs for this one and for those that other
 * threads have begun to load, plus 10 s; over /dev/kpuN, where other programs count, too, five
 * times and 30 s. Errors: those of kpu_network_open(), NO_MEM (the message has the numbers),
 * MODELS_FULL, TIMEOUT, CANCELLED, DEVICE_GONE, BOARD_RESET. [load]
 */
int kpu_load(struct kpu_device *device, const char *path, const struct kpu_load_options *options,
	     struct kpu_model **model);
int kpu_load_memory(struct kpu_device *device, const void *data, size_t size,
		    const struct kpu_load_options *options, struct kpu_model **model);
int kpu_load_network(struct kpu_device *device, const struct kpu_network *network,
		     const struct kpu_load_options *options, struct kpu_model **model);

/*
 * Loads a model that lies in the board's flash at @address: the board copies it to its memory, and
 * from then on it is a model like others. Words of the file may be reversed. Only its tables travel
 * over the line; kpu_model_network() knows shapes and layers, and its checksum is that of what the
 * flash holds. [load with an address]
 *
 * Blocks until the board has answered: at most the time that the line needs for the tables, the
 * 68 s after which the board gives up by itself (more for models above 4 MiB), and 10 s; over
 * /dev/kpuN 30 s instead of the 10. Errors: those of kpu_load_network(); KMODEL_VERSION when there
 * is no model at @address (the message has the first bytes), PARAM outside of the chip, NO_DEVICE
 * without a chip, BUSY when another client has worked on the flash for 5 s, NOT_IMPLEMENT.
 *
 * After a reset of the board the model is loaded again, as others are, if the flash still holds the
 * same bytes; if not, calls fail with KMODEL_VERSION.
 */
int kpu_load_address(struct kpu_device *device, uint32_t address,
		     const struct kpu_load_options *options, struct kpu_model **model);

struct kpu_flash_options {
	bool dual_buffer;     /* read the next layer while one computes */
	uint32_t batch_bytes; /* to read ahead, 0 = as much as the buffer takes */
	uint32_t clock_hz;    /* of the flash, 0 = the firmware's choice */
};

/*
 * Runs a model from the board's flash, layer by layer, so that it may be larger than the memory:
 * only work buffer and room for the largest layer, twice with dual_buffer, must fit. Results are
 * the same bytes as those of kpu_load_address(). The words of the file may be reversed or not.
 * @flash may be NULL. As long as the model exists nobody can write to the flash (BUSY). The shape
 * of each layer is checked again when it comes: if the flash holds something else by then a run
 * ends with RUN_MODEL. Parameters have no check sum, for a CRC takes longer than reading them: a
 * bit that the chip or a wire gets wrong changes results, and nobody notices. [load_flash]
 *
 * Errors: those of kpu_load_address(); PARAM for a clock that no flash has.
 */
int kpu_load_flash(struct kpu_device *device, uint32_t address,
		   const struct kpu_flash_options *flash, const struct kpu_load_options *options,
		   struct kpu_model **model);

/*
 * Where the firmware lies that boards are booted with: $KPU_FIRMWARE, or what was built or
 * installed with this library. @path has room for @size bytes. Errors: READ_FILE when there is
 * none, PARAM when its name is longer.
 */
int kpu_firmware_path(char *path, size_t size, struct kpu_error *error);

/* --- the board's flash ------------------------------------------------------------------------ */

struct kpu_flash_info {
	uint32_t jedec_id;    /* manufacturer << 16 | type << 8 | capacity; 0 or ffffff: no chip */
	uint32_t size;        /* bytes; 0 = a chip that the firmware does not know */
	uint64_t unique_id;   /* of this very chip; 0 = it has none */
	uint32_t erase_bytes; /* smallest piece that can be erased; size is a multiple of it */
	uint32_t program_bytes; /* a page: what is programmed at once */
	uint32_t clock_hz;      /* at which the firmware reads it */
};

/*
 * Called between the pieces of a long operation, from the calling thread. Returning false ends it
 * there (CANCELLED): what has been done stays done.
 */
typedef bool (*kpu_flash_progress)(void *context, uint32_t done, uint32_t total);

/* Errors: NOT_IMPLEMENT (a firmware without flash), BUSY (the chip has been at work for 5 s),
 * TIMEOUT, DEVICE_GONE. At most 7 s. */
int kpu_flash_info(struct kpu_device *device, struct kpu_flash_info *info);

/*
 * Reads, programs, erases @size bytes at @address, or computes the CRC-32 (IEEE 802.3) of what the
 * chip holds there, on the board, so that a write is verified without reading it over the line.
 *
 * Programming can only clear bits: erase first, which sets them. Erased are whole pieces of
 * kpu_flash_info.erase_bytes; @address and @size must be multiples of it. None of these asks
 * whether something is still needed: `kpuctl flash` does.
 *
 * @progress	may be NULL
 *
 * Work goes in pieces of at most 64 KiB, so that other clients of the board get their turn; each
 * piece is bounded by what chip and line need. After an error or a cancelled operation an unknown
 * part of the range has been changed.
 * A chip that is at work for another client is waited for, for up to 5 s; changes wait 2.5 s only,
 * because a model that runs from the flash may have it for hours.
 * Errors: PARAM (outside of the chip, not aligned), BUSY (a model runs from the flash, or another
 * client works on it), IO (the chip reports a failure), NOT_IMPLEMENT, CANCELLED, TIMEOUT,
 * DEVICE_GONE, BOARD_RESET.
 */
int kpu_flash_read(struct kpu_device *device, uint32_t address, void *data, uint32_t size,
		   kpu_flash_progress progress, void *context);
int kpu_flash_write(struct kpu_device *device, uint32_t address, const void *data, uint32_t size,
		    kpu_flash_progress progress, void *context);
int kpu_flash_erase(struct kpu_device *device, uint32_t address, uint32_t size,
		    kpu_flash_progress progress, void *context);
int kpu_flash_check(struct kpu_device *device, uint32_t address, uint32_t size, uint32_t *crc32);

/* Cancels its jobs and frees it on the board; at most 3 s. NULL is allowed. [deinit] */
void kpu_model_free(struct kpu_model *model);

/* What was loaded. Valid as long as @model. */
const struct kpu_network *kpu_model_network(const struct kpu_model *model);

/*
 * Gives output @index another shape with the same number of elements, for files that do not hold
 * shapes. Concerns results of later runs. Errors: IDX_OUTRANGE, SIZE_NOTMATCH. [set_outputs]
 */
int kpu_model_set_output_shape(struct kpu_model *model, uint32_t index, uint32_t width,
			       uint32_t height, uint32_t channels);

/*
 * Memory for inputs from which they go to the board without being copied. Optional: every function
 * takes inputs at any address. The content belongs to a job from kpu_submit() until it has ended.
 *
 * @memory	out: kpu_network_info.input_bytes bytes, zeroed; free with kpu_input_free() before
 *		kpu_model_free()
 */
int kpu_input_alloc(struct kpu_model *model, void **memory);
void kpu_input_free(struct kpu_model *model, void *memory);

/* --- running ---------------------------------------------------------------------------------- */

struct kpu_job;
struct kpu_result;

enum kpu_target_kind {
	KPU_TARGET_OUTPUT = 1,  /* output `index` of the model */
	KPU_TARGET_LAYER = 2,   /* feature map of layer `index` */
	KPU_TARGET_PROFILE = 3, /* UINT32: CPU cycles of each layer that ran */
};

/* Something to bring back from a run. */
struct kpu_target {
	uint32_t kind; /* enum kpu_target_kind */
	uint32_t index;
};

#define KPU_TARGETS_MAX 64

struct kpu_run_options {
	const struct kpu_target *targets; /* NULL = all outputs */
	size_t target_count;              /* 0 = all outputs; at most KPU_TARGETS_MAX */
	/* Layers to run, 0 = all; outputs need all of them. The run also ends behind the last layer
	 * that a target needs. [set_layers] */
	uint32_t layer_count;
	/* From submission; 0 = kpu_set_timeout(), else long enough for the line, + 10 s. Host and
	 * board keep it, each by its own clock; the clock of an emulated board may run faster. */
	uint32_t timeout_ms;
};

/*
 * One run, synchronous. Blocks until the result is there, see kpu_run_options.timeout_ms.
 *
 * @input	planar input, all inputs one behind the other; see kpu_image_to_input()
 * @size	must equal kpu_network_info.input_bytes
 * @result	out; free with kpu_result_free()
 *
 * kpu_forward() brings back all outputs, kpu_forward_output() one of them, kpu_forward_layer() runs
 * layers 0..@end_layer and brings back the last one's feature map, which is what MaixPy's page says
 * of forward's third argument. [forward, get_output]
 *
 * A run that a reset of the board interrupts ends with BOARD_RESET; the next one, or the same one
 * called again, sends the model to the board once more first, which takes the time of kpu_load().
 * One whose result was on the way when the line failed is done once more by itself; when that has
 * happened three times it ends with RESULT_LOST, and may be called again, too.
 *
 * Errors: SIZE_NOTMATCH, IDX_OUTRANGE, GET_CONV_LAYER, TIMEOUT, DEVICE_GONE, BOARD_RESET,
 * RESULT_LOST, KPU_HUNG, RUN_MODEL, HOST_MEMORY.
 */
int kpu_forward(struct kpu_model *model, const void *input, size_t size,
		struct kpu_result **result);
int kpu_forward_output(struct kpu_model *model, const void *input, size_t size, uint32_t index,
		       struct kpu_result **result);
int kpu_forward_layer(struct kpu_model *model, const void *input, size_t size, uint32_t end_layer,
		      struct kpu_result **result);
/* Several targets at once. @options may be NULL. */
int kpu_forward_targets(struct kpu_model *model, const void *input, size_t size,
			const struct kpu_run_options *options, struct kpu_result **result);

/*
 * The same, asynchronous: returns at once, unless the board was reset and the model has to be sent
 * again first. A device has 32 jobs at most, those included that have ended and are not freed yet
 * (BUSY). They run in the order of submission, and the input of the next travels while one
 * computes.
 *
 * @input	copied, unless it comes from kpu_input_alloc()
 * @job		out; free with kpu_job_free()
 */
int kpu_submit(struct kpu_model *model, const void *input, size_t size,
	       const struct kpu_run_options *options, struct kpu_job **job);

/*
 * Waits for a job to end and takes its result.
 *
 * @timeout_ms	0 = only look; negative = until the job ends, which its own time-out bounds
 * @result	out; free with kpu_result_free(). A second call returns NO_HANDLE.
 *
 * Errors: TIMEOUT with kpu_job_done() false: still running, ask again. Everything else: the job has
 * ended with this error, CANCELLED after kpu_job_cancel().
 */
int kpu_job_wait(struct kpu_job *job, int timeout_ms, struct kpu_result **result);
bool kpu_job_done(struct kpu_job *job);
/*
 * The job ends soon with CANCELLED, unless it finishes first: at once when it waits on the host or
 * the board, else behind the layer that the board is computing. Other jobs go on. Does not block.
 */
int kpu_job_cancel(struct kpu_job *job);
/* Cancels it if it has not ended; at most 1 s. NULL is allowed. */
void kpu_job_free(struct kpu_job *job);

struct kpu_tensor {
	struct kpu_tensor_info info;
	struct kpu_target target; /* what was asked for */
	const void *data;         /* info.bytes bytes, aligned to 4; owned by the result */
};

/* As many as the run had targets; 0 for NULL. */
size_t kpu_result_count(const struct kpu_result *result);
/* @index in the order of the targets. Errors: IDX_OUTRANGE. [get_output] */
int kpu_result_tensor(const struct kpu_result *result, size_t index, struct kpu_tensor *tensor);

struct kpu_timing {
	uint64_t total_ns;    /* from submission to the end of the result */
	uint64_t queued_ns;   /* of these, waiting for earlier jobs on the host */
	uint64_t transfer_ns; /* of these, on the way or waiting on the board: the rest */
	uint64_t board_ns;    /* of these, computing, by the board's clock */
	uint64_t cycles;      /* CPU cycles of the computation on the board */
	uint64_t kpu_cycles;  /* CPU cycles of these, waiting for the accelerator */
	uint32_t layers_run;
	uint32_t reserved;
};

/* Error: PARAM for a NULL. */
int kpu_result_timing(const struct kpu_result *result, struct kpu_timing *timing);
/* NULL is allowed. */
void kpu_result_free(struct kpu_result *result);

/* --- pictures --------------------------------------------------------------------------------- */

enum kpu_pixel_format {
	KPU_PIXEL_RGB888 = 1,      /* bytes R, G, B */
	KPU_PIXEL_RGBA8888 = 2,    /* bytes R, G, B, A; A is ignored */
	KPU_PIXEL_RGB565 = 3,      /* 16 bits in the host's byte order, R uppermost */
	KPU_PIXEL_RGB565_MAIX = 4, /* 16 bits, upper byte first, as in MaixPy's pictures */
	KPU_PIXEL_GRAY8 = 5,
	KPU_PIXEL_PLANAR_RGB = 6, /* a plane of R, of G, of B; stride is that of each plane */
};

struct kpu_image {
	uint32_t format;        /* enum kpu_pixel_format */
	uint32_t width, height; /* pixels, 1..16384 each */
	size_t stride;          /* bytes from row to row, 0 = no gap */
	const void *pixels;
};

enum kpu_resize {
	KPU_RESIZE_STRETCH = 0,   /* to fill the input; smooth (triangle filter) */
	KPU_RESIZE_LETTERBOX = 1, /* keep the proportions, centred, black bars */
	KPU_RESIZE_EXACT = 2,     /* refuse another size: SIZE_NOTMATCH, as MaixPy does */
};

/* Where the picture lies in the input: input = picture * scale + offset, pixels. */
struct kpu_placement {
	float scale_x, scale_y;
	float offset_x, offset_y;
	bool resized;
};

/*
 * Turns a picture into a model input (UINT8, one channel: gray, three: R, G, B). Five and six bit
 * components become round(v * 255 / 31) and round(v * 255 / 63) as in MaixPy; gray is
 * (77 R + 150 G + 29 B) / 256. Without a change of size the bytes are exactly those of the picture.
 *
 * @info	of the input, from kpu_network_input()
 * @input	out, @size at least info->bytes
 * @placement	out, may be NULL: brings boxes back to the picture, see kpu_detection_place()
 *
 * Errors: PARAM, SIZE_NOTMATCH, NOT_IMPLEMENT (float input, other channel counts), HOST_MEMORY.
 */
int kpu_image_to_input(const struct kpu_image *image, const struct kpu_tensor_info *info,
		       enum kpu_resize rule, void *input, size_t size,
		       struct kpu_placement *placement);

/* A gray picture made by the library; free with kpu_gray_free(). */
struct kpu_gray {
	uint32_t width, height;
	uint8_t *pixels; /* without gap between rows */
};

/*
 * One channel of a feature map as gray picture: UINT8 maps as they are, FLOAT32 maps stretched from
 * the map's least to its greatest value (all channels alike). A copy. [fmap, fmap_free]
 */
int kpu_fmap(const struct kpu_tensor *tensor, uint32_t channel, struct kpu_gray *picture);
/*
 * All channels side by side, row by row, @gap black pixels between them.
 * @columns	0 = about as wide as high
 */
int kpu_fmap_mosaic(const struct kpu_tensor *tensor, uint32_t columns, uint32_t gap,
		    struct kpu_gray *picture);
void kpu_gray_free(struct kpu_gray *picture);

/* --- object detection: YOLO v2 ---------------------------------------------------------------- */

struct kpu_yolo2;
struct kpu_detections;

enum kpu_detection_order {
	KPU_ORDER_SCORE = 0, /* strongest first; equal ones by box index */
	KPU_ORDER_INDEX = 1, /* by box index, as MaixPy does */
};

struct kpu_yolo2_config {
	float threshold;      /* 0..1: keeps score > threshold */
	float nms;            /* 0..1: drops a box that covers a stronger one of its class by more
			       * (intersection over union) */
	const float *anchors; /* width, height pairs in grid cells; copied */
	size_t anchor_count;  /* pairs, 1..64 */
	uint32_t classes;     /* 0 = channels / anchors - 5 */
	uint32_t order;       /* enum kpu_detection_order */
	uint32_t max_results; /* strongest ones; 0 = all */
};

/* @error may be NULL. Errors: PARAM, HOST_MEMORY. [init_yolo2] */
int kpu_yolo2_new(const struct kpu_yolo2_config *config, struct kpu_yolo2 **yolo2,
		  struct kpu_error *error);
/* NULL is allowed. */
void kpu_yolo2_free(struct kpu_yolo2 *yolo2);

/* An error if the tensor's shape does not suit anchors and classes: ask before the first run. */
int kpu_yolo2_check(const struct kpu_yolo2 *yolo2, const struct kpu_tensor_info *info,
		    struct kpu_error *error);

struct kpu_detection {
	float score;
	uint32_t class_index;
	float left, top, right, bottom; /* pixels of the model's input, may lie outside of it */
	uint32_t box_index;             /* (anchor * height + row) * width + column */
	/* As MaixPy reports it: cut to whole pixels, left and top not below 0; right and bottom may
	 * lie outside. */
	int32_t x, y, width, height;
};

/*
 * Decodes the logits of a run.
 *
 * @tensor	FLOAT32, grid_width x grid_height x (anchors * (5 + classes)); not changed
 * @net_width, @net_height	pixels of the model's input
 * @detections	out; free with kpu_detections_free(). Empty if nothing was found.
 *
 * Errors: PARAM, SIZE_NOTMATCH, HOST_MEMORY.
 */
int kpu_yolo2_decode(const struct kpu_yolo2 *yolo2, const struct kpu_tensor *tensor,
		     uint32_t net_width, uint32_t net_height, struct kpu_detections **detections);

/* kpu_forward_output() of output 0 and kpu_yolo2_decode() in one. [run_yolo2] */
int kpu_yolo2_run(const struct kpu_yolo2 *yolo2, struct kpu_model *model, const void *input,
		  size_t size, struct kpu_detections **detections);

/* 0 for NULL. */
size_t kpu_detections_count(const struct kpu_detections *detections);
/* The items one behind the other, owned by @detections; NULL if there are none. */
const struct kpu_detection *kpu_detections_items(const struct kpu_detections *detections);
/* NULL is allowed. */
void kpu_detections_free(struct kpu_detections *detections);

/*
 * Brings a box from the model's input back to the picture it was made from, clipped to the picture.
 * Changes left, top, right, bottom, x, y, width and height.
 */
void kpu_detection_place(struct kpu_detection *detection, const struct kpu_placement *placement,
			 uint32_t picture_width, uint32_t picture_height);

/* --- face features ---------------------------------------------------------------------------- */

enum kpu_face_rounding {
	KPU_FACE_SATURATE = 0, /* 0.25 and more become 127 */
	KPU_FACE_LEGACY = 1,   /* as MaixPy: 0.25 and more become -128 */
};

/*
 * Packs a feature vector, best of length 1, into signed bytes: x * 512, cut toward zero, with x
 * limited to -0.25..0.25. NaN counts as -0.25. Any @count. [face_encode]
 */
int kpu_face_encode(const float *features, size_t count, enum kpu_face_rounding rounding,
		    int8_t *code);

/*
 * Likeness of two packed vectors: 50 * (1 + cosine), 100 = same direction, 50 = nothing in common.
 * Errors: PARAM when @count is 0 or one vector is all zeros. [face_compare]
 */
int kpu_face_compare(const int8_t *a, const int8_t *b, size_t count, float *score);

/*
 * Brings a feature vector to length 1, for kpu_face_encode(): most models give longer ones, of
 * which all the large elements would become equal.
 *
 * @unit	out, @count floats; may be @features itself
 *
 * Errors: PARAM when the vector is empty, all zeros or not finite; @unit is as it was.
 */
int kpu_face_normalize(const float *features, size_t count, float *unit);

/*
 * Likeness of two vectors that were not packed, on the scale of kpu_face_compare(); their lengths
 * do not matter. Errors: PARAM as kpu_face_normalize().
 */
int kpu_face_compare_features(const float *a, const float *b, size_t count, float *score);

/* --- self-learning classifier ----------------------------------------------------------------- */

/*
 * Tells pictures apart by the features that a network sees in them: each class is a point, its
 * centre, and a picture belongs to the nearest one (Euclidean). A class begins as the features of
 * one picture; training moves the centres to the middle of the samples around them (k-means), which
 * need not be labelled.
 *
 * Functions ending in _features take @feature_length floats, from kpu_classifier_features() or
 * anywhere else; the others take a model's input and run it, see kpu_forward() for times and
 * errors. Functions on the same classifier may be called from any thread.
 */
struct kpu_classifier;

#define KPU_CLASSIFIER_LAST        (-1)
#define KPU_CLASSIFIER_CLASSES_MAX 1024
#define KPU_CLASSIFIER_SAMPLES_MAX 65536
#define KPU_CLASSIFIER_LENGTH_MAX  65536 /* floats of a feature vector */
#define KPU_CLASSIFIER_LABEL_BYTES 64    /* with the zero at the end */

struct kpu_classifier_config {
	uint32_t output;         /* of the model: FLOAT32 */
	uint32_t feature_length; /* first floats of that output, 0 = all of them */
};

/*
 * @model	gives the features and must stay loaded as long as they are asked for; NULL: the
 *		caller brings them, config->feature_length is needed
 * @config	may be NULL with a model: output 0, all of it
 * @classifier	out; free with kpu_classifier_free()
 * @error	may be NULL
 *
 * Errors: PARAM, IDX_OUTRANGE, SIZE_NOTMATCH, HOST_MEMORY. [classifier]
 */
int kpu_classifier_new(struct kpu_model *model, const struct kpu_classifier_config *config,
		       struct kpu_classifier **classifier, struct kpu_error *error);
/* NULL is allowed. */
void kpu_classifier_free(struct kpu_classifier *classifier);

struct kpu_classifier_info {
	uint32_t classes, samples;
	uint32_t output, feature_length;
	uint32_t network_crc32; /* of the network that the features come from, 0 = unknown */
};

/* Error: PARAM for a NULL. */
int kpu_classifier_info(struct kpu_classifier *classifier, struct kpu_classifier_info *info);

struct kpu_classifier_class {
	char label[KPU_CLASSIFIER_LABEL_BYTES];
	uint32_t samples; /* that the last training found to be its own */
};

/* @centre may be NULL, else takes feature_length floats. Errors: IDX_OUTRANGE. */
int kpu_classifier_class(struct kpu_classifier *classifier, uint32_t index,
			 struct kpu_classifier_class *description, float *centre);

/* Runs the model, hands out the features. Errors: PARAM without a model, those of kpu_forward(). */
int kpu_classifier_features(struct kpu_classifier *classifier, const void *input, size_t size,
			    float *features);

/*
 * Begins a class with a picture, or replaces class @index.
 *
 * @index	KPU_CLASSIFIER_LAST: behind the others
 * @label	printable text, cut to KPU_CLASSIFIER_LABEL_BYTES; NULL = ""
 *
 * Returns the index of the class. Errors: PARAM (a feature is not finite), IDX_OUTRANGE (@index, or
 * there are KPU_CLASSIFIER_CLASSES_MAX already), HOST_MEMORY. [add_class_img]
 */
int kpu_classifier_add_class(struct kpu_classifier *classifier, const void *input, size_t size,
			     int index, const char *label);
int kpu_classifier_add_class_features(struct kpu_classifier *classifier, const float *features,
				      int index, const char *label);
/* Classes behind it move up. KPU_CLASSIFIER_LAST: the last one. [rm_class_img] */
int kpu_classifier_remove_class(struct kpu_classifier *classifier, int index);

/* A picture to learn from. Returns its index. Errors: as above. [add_sample_img] */
int kpu_classifier_add_sample(struct kpu_classifier *classifier, const void *input, size_t size);
int kpu_classifier_add_sample_features(struct kpu_classifier *classifier, const float *features);
/* [rm_sample_img] */
int kpu_classifier_remove_sample(struct kpu_classifier *classifier, int index);

struct kpu_classifier_training {
	uint32_t iterations;
	bool converged;  /* no sample changed its class any more */
	double distance; /* sum over all samples to their centres */
};

/*
 * Moves the centres. A class that no sample is nearest to keeps its centre; of equally near ones
 * the first counts. The samples stay, for training again after more have come.
 *
 * @iterations	at most so many, 0 = 100
 * @training	out, may be NULL
 *
 * Takes time in proportion to iterations x samples x classes x feature_length. Errors:
 * OUTPUTS_NODONE without a class or a sample, HOST_MEMORY. [train]
 */
int kpu_classifier_train(struct kpu_classifier *classifier, uint32_t iterations,
			 struct kpu_classifier_training *training);

struct kpu_classifier_match {
	uint32_t class_index; /* nearest class, of equally near ones the first */
	float distance;       /* Euclidean, to its centre */
	float next_distance;  /* to the next class, infinite if there is only one */
	char label[KPU_CLASSIFIER_LABEL_BYTES];
};

/* Errors: OUTPUTS_NODONE without a class. [predict] */
int kpu_classifier_predict(struct kpu_classifier *classifier, const void *input, size_t size,
			   struct kpu_classifier_match *match);
int kpu_classifier_predict_features(struct kpu_classifier *classifier, const float *features,
				    struct kpu_classifier_match *match);

/*
 * Classes in a file: magic number, version, the network's checksum, labels, centres, CRC-32;
 * everything little endian. Samples are not kept. An existing file is replaced when the new one is
 * complete; a device, a pipe or a folder is never replaced. kpu_classifier_load() refuses a file
 * whose features come from another network than @model (NULL: any).
 *
 * Errors: IO (cannot be written), READ_FILE, KMODEL_FORMAT (another kind of file, other version, or
 * damaged), CHECKSUM, SIZE_NOTMATCH (another network), HOST_MEMORY. [save, load]
 */
int kpu_classifier_save(struct kpu_classifier *classifier, const char *path,
			struct kpu_error *error);
int kpu_classifier_load(struct kpu_model *model, const char *path,
			struct kpu_classifier **classifier, struct kpu_error *error);
/* The same from memory. */
int kpu_classifier_parse(struct kpu_model *model, const void *data, size_t size,
			 struct kpu_classifier **classifier, struct kpu_error *error);

/* --- version ---------------------------------------------------------------------------------- */

#define KPU_LIBRARY_VERSION "0.1.0"
/* Version of the library that is loaded, e.g. "0.1.0". */
const char *kpu_version(void);

#ifdef __cplusplus
}
#endif

#endif
