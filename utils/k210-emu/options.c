/* SPDX-License-Identifier: BSD-2-Clause */
/* SPDX-FileCopyrightText: the kpu authors */
#include "utils/k210-emu/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef KPU_VERSION
#define KPU_VERSION "unknown"
#endif

#define NOISE_SEED 1
/* An hour: anything longer is as good as for ever. */
#define NOISE_MILLISECONDS_MAX 3600000

static const char usage[] =
	"usage: k210-emu [options]\n"
	"\n"
	"  --image=FILE          program for address 0x80000000, started as the mask ROM would\n"
	"  --boot=rom|image      what follows a reset: the mask ROM's choice of flash or serial "
	"line\n"
	"                        (default without --image), or the image\n"
	"  --hart1=parked|released\n"
	"                        after a jump over the serial line hart 1 waits in the ROM for "
	"its\n"
	"                        software interrupt (default), or starts at 0x80000000 too\n"
	"  --flash=FILE[,size=16M][,id=c86018][,uid=HEX]\n"
	"                        content of the SPI flash, made blank if missing (default: blank,\n"
	"                        forgotten at the end)\n"
	"  --camera=FILE[,sensor=ov2640|ov5640|gc0328][,rate=30]\n"
	"                        a camera that sees the picture FILE (PPM, P6), frames a second\n"
	"\n"
	"Connection of the board's USB-serial bridge (pins IO4 and IO5):\n"
	"  --uart=stdio|fd:N|unix:PATH\n"
	"                        bytes on standard input and output, a descriptor, or a socket\n"
	"  --keep                go on when the other end closes\n"
	"  --usbip=ch341|acm     a USB device speaking USB/IP, with\n"
	"  --listen=HOST:PORT|unix:PATH|fd:N\n"
	"  --power=usb|external  lose power when the USB cable is pulled (default: usb)\n"
	"  --style=none|dan|kd233|goe|god\n"
	"                        how DTR and RTS are wired to reset and boot pin (default: none)\n"
	"  --line-max=BAUD       the bridge cannot go faster; keeps its rate when it should\n"
	"  --noise=PPM[,SEED][,MS]\n"
	"                        damages so many of a million characters on the line, both ways\n"
	"                        (during the first MS of the board's time after each reset)\n"
	"  --control=HOST:PORT|unix:PATH|fd:N\n"
	"                        takes the lines 'dtr 0|1', 'rts 0|1', 'boot 0|1', 'reset', "
	"'power',\n"
	"                        'time', 'poke ADDRESS WORD', 'noise PPM', 'line-max BAUD',\n"
	"                        'flash-poke ADDRESS WORD', 'flash busy|gone|fine',\n"
	"                        'flash-mode dual-read|quad-read|qpi|power-down'\n"
	"\n"
	"Connection of the slave SPI2:\n"
	"  --spi=HOST:PORT|unix:PATH|fd:N[,sclk=21][,cs=24][,mosi=22][,miso=23][,sense=15]\n"
	"        [,ready=32][,flip=N][,edge=N][,glitch=N][,seed=N]\n"
	"                        a controller speaking faces/spi_protocol.h, the pins (IO numbers) "
	"its\n"
	"                        wires go to, and what goes wrong: one in N bits, edges of ready,\n"
	"                        transfers\n"
	"\n"
	"Time:\n"
	"  --clock=fast|real     durations collapse (default), or follow baud rate and KPU clock\n"
	"  --jitter=SEED         delay completions at random, repeatable from the seed\n"
	"  --access-cycles=N     what an access to a register costs the CPU (1 and N more; 0)\n"
	"  --idle-grace=MS       an idle board lets the host speak so long before time passes "
	"(20)\n"
	"  --idle=pace|jump      time-outs last as long as real ones (default), or end after that\n"
	"  --stop-after-cycles=N\n"
	"\n"
	"What the program does:\n"
	"  --trace=FILE          every register access and KPU layer\n"
	"  --trace-summary=FILE  per register: count, first and last value, first pc\n"
	"  --guest-errors=FILE|stderr\n"
	"                        what a correct program does not do\n"
	"  --check-coherency     keep cached and uncached window apart, report reads behind the "
	"cache\n"
	"  --kpu=best|reference|portable|sse41|avx2|avx512vnni\n"
	"  -v, --verbose         say on standard error what happened, at the end\n";

enum {
	OPTION_IMAGE = 256,
	OPTION_BOOT,
	OPTION_HART1,
	OPTION_FLASH,
	OPTION_CAMERA,
	OPTION_UART,
	OPTION_KEEP,
	OPTION_USBIP,
	OPTION_LISTEN,
	OPTION_SPI,
	OPTION_POWER,
	OPTION_STYLE,
	OPTION_LINE_MAX,
	OPTION_NOISE,
	OPTION_CONTROL,
	OPTION_CLOCK,
	OPTION_JITTER,
	OPTION_ACCESS,
	OPTION_IDLE_GRACE,
	OPTION_IDLE,
	OPTION_STOP,
	OPTION_TRACE,
	OPTION_SUMMARY,
	OPTION_ERRORS,
	OPTION_COHERENCY,
	OPTION_KPU,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "image", required_argument, NULL, OPTION_IMAGE },
	{ "boot", required_argument, NULL, OPTION_BOOT },
	{ "hart1", required_argument, NULL, OPTION_HART1 },
	{ "flash", required_argument, NULL, OPTION_FLASH },
	{ "camera", required_argument, NULL, OPTION_CAMERA },
	{ "uart", required_argument, NULL, OPTION_UART },
	{ "keep", no_argument, NULL, OPTION_KEEP },
	{ "usbip", required_argument, NULL, OPTION_USBIP },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "spi", required_argument, NULL, OPTION_SPI },
	{ "power", required_argument, NULL, OPTION_POWER },
	{ "style", required_argument, NULL, OPTION_STYLE },
	{ "line-max", required_argument, NULL, OPTION_LINE_MAX },
	{ "noise", required_argument, NULL, OPTION_NOISE },
	{ "control", required_argument, NULL, OPTION_CONTROL },
	{ "clock", required_argument, NULL, OPTION_CLOCK },
	{ "jitter", required_argument, NULL, OPTION_JITTER },
	{ "access-cycles", required_argument, NULL, OPTION_ACCESS },
	{ "idle-grace", required_argument, NULL, OPTION_IDLE_GRACE },
	{ "idle", required_argument, NULL, OPTION_IDLE },
	{ "stop-after-cycles", required_argument, NULL, OPTION_STOP },
	{ "trace", required_argument, NULL, OPTION_TRACE },
	{ "trace-summary", required_argument, NULL, OPTION_SUMMARY },
	{ "guest-errors", required_argument, NULL, OPTION_ERRORS },
	{ "check-coherency", no_argument, NULL, OPTION_COHERENCY },
	{ "kpu", required_argument, NULL, OPTION_KPU },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

struct choice {
	const char *name;
	int value;
};

static const struct choice clocks[] = { { "fast", BOARD_CLOCK_FAST },
					{ "real", BOARD_CLOCK_REAL },
					{ NULL, 0 } };
static const struct choice boots[] = { { "rom", BOARD_BOOT_ROM },
				       { "image", BOARD_BOOT_IMAGE },
				       { NULL, 0 } };
static const struct choice hart1_policies[] = { { "released", HART1_RELEASED },
						{ "parked", HART1_PARKED },
						{ NULL, 0 } };
static const struct choice powers[] = { { "usb", false }, { "external", true }, { NULL, 0 } };
static const struct choice idles[] = { { "pace", true }, { "jump", false }, { NULL, 0 } };
static const struct choice styles[] = {
	{ "none", BRIDGE_STYLE_NONE }, { "dan", BRIDGE_STYLE_DAN }, { "kd233", BRIDGE_STYLE_KD233 },
	{ "goe", BRIDGE_STYLE_KD233 }, { "god", BRIDGE_STYLE_GOD }, { NULL, 0 }
};
static const struct choice sensors[] = { { "ov2640", CAMERA_OV2640 },
					 { "ov5640", CAMERA_OV5640 },
					 { "gc0328", CAMERA_GC0328 },
					 { NULL, 0 } };
static const struct choice implementations[] = { { "best", KPU_IMPLEMENTATION_BEST },
						 { "reference", KPU_IMPLEMENTATION_REFERENCE },
						 { "portable", KPU_IMPLEMENTATION_PORTABLE },
						 { "sse41", KPU_IMPLEMENTATION_SSE41 },
						 { "avx2", KPU_IMPLEMENTATION_AVX2 },
						 { "avx512vnni", KPU_IMPLEMENTATION_AVX512VNNI },
						 { NULL, 0 } };

static bool choose(const struct choice *choices, const char *text, int *value)
{
	for (; choices->name; choices++) {
		if (!strcmp(choices->name, text)) {
			*value = choices->value;
			return true;
		}
	}
	return false;
}

static bool parse_number(const char *text, uint64_t limit, uint64_t *value)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || number > limit)
		return false;
	*value = number;
	return true;
}

static bool parse_enumeration(struct options *options, int option, const char *argument)
{
	int value = 0;
	bool ok = false;

	switch (option) {
	case OPTION_BOOT:
		ok = choose(boots, argument, &value);
		options->board.boot = (enum board_boot)value;
		break;
	case OPTION_HART1:
		ok = choose(hart1_policies, argument, &value);
		options->board.hart1 = (enum hart1_policy)value;
		break;
	case OPTION_POWER:
		ok = choose(powers, argument, &value);
		options->external_power = value;
		break;
	case OPTION_STYLE:
		ok = choose(styles, argument, &value);
		options->style = (enum bridge_style)value;
		break;
	case OPTION_CLOCK:
		ok = choose(clocks, argument, &value);
		options->board.clock = (enum board_clock)value;
		break;
	case OPTION_IDLE:
		ok = choose(idles, argument, &value);
		options->runner.pace = value;
		break;
	case OPTION_KPU:
		ok = choose(implementations, argument, &value);
		options->board.kpu.implementation = (enum kpu_implementation)value;
		break;
	}
	return ok;
}

static bool parse_numeric(struct options *options, int option, const char *argument)
{
	uint64_t value = 0;
	bool ok = false;

	switch (option) {
	case OPTION_JITTER:
		ok = parse_number(argument, UINT64_MAX, &value) && value;
		options->board.jitter_seed = value;
		break;
	case OPTION_ACCESS:
		ok = parse_number(argument, 10000, &value);
		options->board.access_cycles = (unsigned)value;
		break;
	case OPTION_IDLE_GRACE:
		ok = parse_number(argument, 3600000, &value);
		options->runner.grace_nanoseconds = value * 1000000;
		break;
	case OPTION_LINE_MAX:
		ok = parse_number(argument, UINT32_MAX, &value) && value;
		options->line_max = (uint32_t)value;
		break;
	case OPTION_STOP:
		ok = parse_number(argument, UINT64_MAX, &value);
		options->runner.stop_after = value;
		break;
	}
	return ok;
}

static bool parse_hexadecimal(const char *text, uint8_t *bytes, size_t size)
{
	if (strlen(text) != 2 * size || strspn(text, "0123456789abcdefABCDEF") != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++) {
		char digits[] = { text[2 * i], text[2 * i + 1], 0 };

		bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return true;
}

/* Numbers with K or M behind them. */
static bool parse_size(const char *text, uint32_t *size)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (end == text || *text == '-' || number > NOR_FLASH_SIZE_MAX)
		return false;
	if (!strcmp(end, "K"))
		number <<= 10;
	else if (!strcmp(end, "M"))
		number <<= 20;
	else if (*end)
		return false;
	*size = (uint32_t)number;
	return number && number <= NOR_FLASH_SIZE_MAX;
}

/* PPM[,SEED][,MS] */
static bool parse_noise(struct line_noise *noise, const char *argument)
{
	uint64_t values[3] = { 0, NOISE_SEED, 0 };
	char text[80], *rest = text, *part;
	unsigned count = 0;

	if (strlen(argument) >= sizeof(text))
		return false;
	memcpy(text, argument, strlen(argument) + 1);
	while ((part = strsep(&rest, ","))) {
		if (count == 3 || !parse_number(part, UINT64_MAX, &values[count]))
			return false;
		count++;
	}
	*noise = (struct line_noise){ .ppm = (uint32_t)values[0],
				      .seed = values[1],
				      .milliseconds = values[2] };
	return values[0] <= LINE_NOISE_PPM_MAX && values[2] <= NOISE_MILLISECONDS_MAX;
}

/* FILE,name=value,... */
static bool parse_flash(struct options *options, const char *argument)
{
	struct nor_flash_options *flash = &options->flash;
	char *rest, *part;
	bool ok = true;

	free(options->flash_path);
	options->flash_path = rest = strdup(argument);
	if (!rest)
		return false;
	flash->path = strsep(&rest, ",");
	while (ok && (part = strsep(&rest, ","))) {
		if (!strncmp(part, "size=", 5))
			ok = parse_size(part + 5, &flash->size);
		else if (!strncmp(part, "id=", 3))
			ok = parse_hexadecimal(part + 3, flash->id, sizeof(flash->id));
		else if (!strncmp(part, "uid=", 4))
			ok = parse_hexadecimal(part + 4, flash->unique_id,
					       sizeof(flash->unique_id));
		else
			ok = false;
	}
	return ok;
}

/* FILE,name=value,... */
static bool parse_camera(struct options *options, const char *argument)
{
	char *rest, *part;
	bool ok;

	free(options->camera_path);
	options->camera_path = rest = strdup(argument);
	ok = rest != NULL;
	/* The path ends at the first comma; what follows are details. */
	if (ok)
		strsep(&rest, ",");
	while (ok && (part = strsep(&rest, ","))) {
		uint64_t rate;
		int sensor;

		if (!strncmp(part, "sensor=", 7)) {
			ok = choose(sensors, part + 7, &sensor);
			options->camera_sensor = ok ? (enum camera_sensor)sensor : CAMERA_OV2640;
		} else {
			ok = !strncmp(part, "rate=", 5) &&
			     parse_number(part + 5, CAMERA_RATE_MAX, &rate) && rate;
			options->camera_rate = ok ? (unsigned)rate : CAMERA_RATE_DEFAULT;
		}
	}
	return ok;
}

/* False: the argument makes no sense. */
static bool take_option(struct options *options, int option, const char *argument)
{
	switch (option) {
	case OPTION_IMAGE:
		options->image = argument;
		return true;
	case OPTION_UART:
		options->uart = argument;
		return true;
	case OPTION_CONTROL:
		options->control = argument;
		return true;
	case OPTION_FLASH:
		return parse_flash(options, argument);
	case OPTION_CAMERA:
		return parse_camera(options, argument);
	case OPTION_NOISE:
		return parse_noise(&options->noise, argument);
	case OPTION_SPI:
		free(options->spi_text);
		options->spi_text = strdup(argument);
		return options->spi_text && spi_face_parse(&options->spi, options->spi_text);
	case OPTION_KEEP:
		options->keep = true;
		return true;
	case OPTION_USBIP:
		options->usbip = argument;
		return !strcmp(argument, "ch341") || !strcmp(argument, "acm");
	case OPTION_LISTEN:
		options->listen = argument;
		return true;
	case OPTION_TRACE:
		options->trace = argument;
		return true;
	case OPTION_SUMMARY:
		options->trace_summary = argument;
		return true;
	case OPTION_ERRORS:
		options->guest_errors = argument;
		return true;
	case OPTION_COHERENCY:
		options->board.check_coherency = true;
		return true;
	case 'v':
		options->verbose = true;
		return true;
	case OPTION_JITTER:
	case OPTION_ACCESS:
	case OPTION_IDLE_GRACE:
	case OPTION_LINE_MAX:
	case OPTION_STOP:
		return parse_numeric(options, option, argument);
	default:
		return parse_enumeration(options, option, argument);
	}
}

/* The port that the system chose is told on standard output. */
static bool wants_any_port(const char *address)
{
	size_t length = strlen(address);

	return length > 2 && !strcmp(address + length - 2, ":0") && strncmp(address, "unix:", 5) &&
	       strncmp(address, "fd:", 3);
}

static const char *find_contradiction(const struct options *options)
{
	if (!options->image && options->board.boot == BOARD_BOOT_IMAGE)
		return "--boot=image needs --image";
	if (options->image && options->board.boot == BOARD_BOOT_ROM)
		return "--image and --boot=rom exclude each other";
	if (options->uart && options->usbip)
		return "--uart and --usbip exclude each other";
	if (options->uart && !strcmp(options->uart, "stdio") && options->control &&
	    wants_any_port(options->control))
		return "--control with port 0 prints where --uart=stdio sends bytes: give a port";
	if (!options->usbip != !options->listen)
		return "--usbip and --listen belong together";
	if (!kpu_implementation_available(options->board.kpu.implementation))
		return "this processor or build lacks the KPU implementation asked for";
	return NULL;
}

enum options_result options_parse(struct options *options, int argc, char **argv)
{
	const char *problem;
	int option, index = 0;
	bool boot_given = false;

	*options = (struct options){
		.board = { .clock = BOARD_CLOCK_FAST,
			   .kpu = { .implementation = kpu_implementation_best(),
				    .rounding = KPU_ROUND_HALF_EVEN } },
		.camera_rate = CAMERA_RATE_DEFAULT,
		.noise = { .seed = NOISE_SEED },
		.runner = { .stop_after = UINT64_MAX, .grace_nanoseconds = 20000000, .pace = true },
	};
	while ((option = getopt_long(argc, argv, "vh", long_options, &index)) != -1) {
		if (option == '?')
			return OPTIONS_WRONG;
		boot_given |= option == OPTION_BOOT;
		if (option == 'h' || option == OPTION_VERSION) {
			fputs(option == 'h' ? usage : "k210-emu " KPU_VERSION "\n", stdout);
			return OPTIONS_EXIT;
		}
		if (!take_option(options, option, optarg)) {
			fprintf(stderr, "k210-emu: --%s: cannot use '%s'; see --help\n",
				long_options[index].name, optarg);
			return OPTIONS_WRONG;
		}
	}
	if (!boot_given)
		options->board.boot = options->image ? BOARD_BOOT_IMAGE : BOARD_BOOT_ROM;
	if (optind < argc) {
		fprintf(stderr, "k210-emu: unexpected argument '%s'; see --help\n", argv[optind]);
		return OPTIONS_WRONG;
	}
	problem = find_contradiction(options);
	if (problem)
		fprintf(stderr, "k210-emu: %s; see --help\n", problem);
	return problem ? OPTIONS_WRONG : OPTIONS_RUN;
}

void options_free(struct options *options)
{
	free(options->flash_path);
	free(options->camera_path);
	free(options->spi_text);
}
