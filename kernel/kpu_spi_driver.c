// SPDX-License-Identifier: GPL-2.0-only
// SPDX-FileCopyrightText: the kpu authors
/*
 * Boards on an SPI bus: finds lines and controller, registers the transport, sleeps when nothing is
 * to do. What goes over the bus is in kpu_spi_exchange.c.
 */
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/pinctrl/consumer.h>
#include <linux/pm_runtime.h>

#include "kpu_spi.h"

/* Frames of one job follow each other closely. */
#define KPU_SPI_IDLE_MS 100

static unsigned int patience = 1;
module_param(patience, uint, 0444);
MODULE_PARM_DESC(patience,
		 "Times by which the limits for the board are longer (for emulated ones)");

static int kpu_spi_get_lines(struct kpu_spi *board)
{
	struct device *dev = &board->spi->dev;

	board->ready = devm_gpiod_get(dev, "ready", GPIOD_IN);
	if (IS_ERR(board->ready))
		return dev_err_probe(dev, PTR_ERR(board->ready), "no ready line\n");
	board->reset = devm_gpiod_get_optional(dev, "reset", GPIOD_OUT_LOW);
	if (IS_ERR(board->reset))
		return dev_err_probe(dev, PTR_ERR(board->reset), "reset line\n");
	board->boot = devm_gpiod_get_optional(dev, "boot", GPIOD_OUT_LOW);
	if (IS_ERR(board->boot))
		return dev_err_probe(dev, PTR_ERR(board->boot), "boot line\n");
	return 0;
}

static void kpu_spi_unregister(void *context)
{
	struct kpu_spi *board = context;

	kpu_transport_unregister(&board->transport);
}

static void kpu_spi_shutdown(void *context)
{
	struct kpu_spi *board = context;

	kpu_transport_shutdown(&board->transport);
}

/* The handler wakes the core, so it is there for the core's time only: devm ends it in between. */
static int kpu_spi_register(struct kpu_spi *board)
{
	struct device *dev = &board->spi->dev;
	int irq = gpiod_to_irq(board->ready), error;

	if (irq < 0)
		return dev_err_probe(dev, irq, "the ready line has no interrupt\n");
	board->transport.ops = &kpu_spi_transport_ops;
	board->transport.parent = dev;
	board->transport.bytes_per_second = board->host.config.hz_max / BITS_PER_BYTE;
	snprintf(board->transport.name, sizeof(board->transport.name), "spi %s", dev_name(dev));
	error = kpu_transport_register(&board->transport);
	if (error)
		return error;
	error = devm_add_action_or_reset(dev, kpu_spi_unregister, board);
	if (error)
		return error;
	kpu_transport_can_boot(&board->transport, board->reset);
	error = devm_request_threaded_irq(dev, irq, NULL, kpu_spi_ready_changed,
					  IRQF_TRIGGER_RISING | IRQF_TRIGGER_FALLING | IRQF_ONESHOT,
					  dev_name(dev), board);
	if (error)
		return dev_err_probe(dev, error, "interrupt of the ready line\n");
	return devm_add_action_or_reset(dev, kpu_spi_shutdown, board);
}

static int kpu_spi_probe(struct spi_device *spi)
{
	struct kpu_spi *board = devm_kzalloc(&spi->dev, sizeof(*board), GFP_KERNEL);
	int error;

	if (!board)
		return -ENOMEM;
	board->spi = spi;
	spi_set_drvdata(spi, board);
	spi->bits_per_word = BITS_PER_BYTE;
	error = spi_setup(spi);
	if (error)
		return dev_err_probe(&spi->dev, error, "the controller refuses the settings\n");
	error = kpu_spi_get_lines(board);
	if (error)
		return error;
	error = kpu_spi_start_host(board, patience);
	if (error)
		return error;
	pm_runtime_set_autosuspend_delay(&spi->dev, KPU_SPI_IDLE_MS);
	pm_runtime_use_autosuspend(&spi->dev);
	error = devm_pm_runtime_enable(&spi->dev);
	if (error)
		return error;
	if (board->reset)
		kpu_spi_pulse_reset(board);
	return kpu_spi_register(board);
}

/* The host's pins let go of the bus. The board keeps what it has, and calls by its ready line. */
static int kpu_spi_runtime_suspend(struct device *dev)
{
	return pinctrl_pm_select_sleep_state(dev);
}

static int kpu_spi_runtime_resume(struct device *dev)
{
	return pinctrl_pm_select_default_state(dev);
}

/* The core has stopped its engine before the system sleeps, so no transfer is going on. */
static const struct dev_pm_ops kpu_spi_pm_ops = {
	SYSTEM_SLEEP_PM_OPS(pm_runtime_force_suspend, pm_runtime_force_resume)
		RUNTIME_PM_OPS(kpu_spi_runtime_suspend, kpu_spi_runtime_resume, NULL)
};

static const struct of_device_id kpu_spi_of_match[] = { { .compatible = "canaan,k210-kpu" }, {} };
MODULE_DEVICE_TABLE(of, kpu_spi_of_match);

static const struct spi_device_id kpu_spi_ids[] = { { .name = "k210-kpu" }, {} };
MODULE_DEVICE_TABLE(spi, kpu_spi_ids);

static struct spi_driver kpu_spi_driver = {
	.driver = {
		.name = "kpu_spi",
		.of_match_table = kpu_spi_of_match,
		.dev_groups = kpu_spi_attribute_groups,
		.pm = pm_ptr(&kpu_spi_pm_ops),
	},
	.id_table = kpu_spi_ids,
	.probe = kpu_spi_probe,
};
module_spi_driver(kpu_spi_driver);

MODULE_AUTHOR("the kpu authors");
MODULE_DESCRIPTION("Kendryte K210 boards behind SPI");
MODULE_LICENSE("GPL");
