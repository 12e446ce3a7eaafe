#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
"""Trains the YOLO v2 detector of handwritten digits: train_detector.py SHEET.png FOLDER."""

import json
import sys
import time

import numpy
import torch
from torch.nn import functional

import network as nets

SEED = 20260701
HELD_BACK_SEED = 88000001
EPOCHS = 18
SCENES = 1000  # new ones in each epoch
BATCH = 16
ZERO, SCALE = 128, 1 / 128
CELL, GRID_WIDTH, GRID_HEIGHT = 16, 20, 15
CLASSES = 10
ANCHORS = numpy.array([[0.85, 1.6], [1.45, 2.0], [2.2, 2.6]], numpy.float32)  # cells
LIMIT = (-8.0, 8.0)  # of the logits: no sigmoid tells more beyond
LAYERS = [
    {"type": "convolution", "kernel": 3, "outputs": 8, "activation": "leaky", "pool": 2},
    {"type": "convolution", "kernel": 3, "outputs": 16, "activation": "leaky", "pool": 2},
    {"type": "convolution", "kernel": 3, "outputs": 32, "activation": "leaky", "pool": 2},
    {"type": "convolution", "kernel": 3, "outputs": 48, "activation": "leaky", "pool": 1},
    {"type": "convolution", "kernel": 3, "outputs": 80, "activation": "leaky", "pool": 2},
    {"type": "convolution", "kernel": 3, "outputs": 128, "activation": "leaky", "pool": 1},
    {"type": "depthwise", "kernel": 3, "activation": "relu6", "pool": 1},
    {"type": "convolution", "kernel": 1, "outputs": 128, "activation": "leaky", "pool": 1},
    {
        "type": "convolution",
        "kernel": 1,
        "outputs": len(ANCHORS) * (5 + CLASSES),
        "activation": "linear",
        "pool": 1,
    },
]


def overlap(widths, heights, anchors):
    """Intersection over union of boxes with the same centre."""
    common = numpy.minimum(widths[:, None], anchors[:, 0]) * numpy.minimum(
        heights[:, None], anchors[:, 1]
    )
    return common / ((widths * heights)[:, None] + anchors[:, 0] * anchors[:, 1] - common)


def make_targets(truth, count):
    """What each box of each cell shall say: index of scene, anchor, row, column and values."""
    scene, label = truth[:, 0], truth[:, 1]
    left, top, right, bottom = (truth[:, i] / CELL for i in range(2, 6))
    x, y, width, height = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
    fit = overlap(width, height, ANCHORS)
    best = fit.argmax(1)
    column, row = x.astype(int), y.astype(int)
    shape = (count, len(ANCHORS), GRID_HEIGHT, GRID_WIDTH)
    objects = numpy.zeros(shape, numpy.float32)
    ignored = numpy.zeros(shape, numpy.float32)
    # An anchor that suits nearly as well is neither right nor wrong.
    for anchor in range(len(ANCHORS)):
        near = fit[:, anchor] > 0.5
        ignored[scene[near], anchor, row[near], column[near]] = 1
    objects[scene, best, row, column] = 1
    ignored[scene, best, row, column] = 0
    values = numpy.stack(
        [
            x - column,
            y - row,
            numpy.log(width / ANCHORS[best, 0]),
            numpy.log(height / ANCHORS[best, 1]),
        ],
        1,
    ).astype(numpy.float32)
    where = numpy.stack([scene, best, row, column], 1)
    return objects, ignored, where, values, label


def loss_of(logits, targets, scenes):
    objects, ignored, where, values, label = targets
    first, last = scenes
    mine = (where[:, 0] >= first) & (where[:, 0] < last)
    scene, anchor, row, column = where[mine].T
    logits = logits.view(-1, len(ANCHORS), 5 + CLASSES, GRID_HEIGHT, GRID_WIDTH)
    wanted = torch.from_numpy(objects[first:last])
    care = torch.from_numpy(1 - ignored[first:last])
    score = functional.binary_cross_entropy_with_logits(logits[:, :, 4], wanted, reduction="none")
    focus = (wanted - torch.sigmoid(logits[:, :, 4].detach())).abs()
    object_loss = (score * care * (0.2 + focus)).sum()
    hit = logits[scene - first, anchor, :, row, column]
    value = torch.from_numpy(values[mine])
    place = functional.binary_cross_entropy_with_logits(hit[:, :2], value[:, :2], reduction="sum")
    size = functional.smooth_l1_loss(hit[:, 2:4], value[:, 2:], reduction="sum", beta=0.1)
    kind = functional.cross_entropy(
        hit[:, 5:], torch.from_numpy(label[mine]), reduction="sum", label_smoothing=0.02
    )
    return (2 * object_loss + place + 2 * size + kind) / (last - first)


def train(net, sheet, stem):
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    steps = EPOCHS * (SCENES // BATCH)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, 8e-3, total_steps=steps)
    started = time.time()
    for epoch in range(EPOCHS):
        scenes, truth = nets.make_data(
            "crowds", sheet, "training", SEED + epoch * SCENES, SCENES, stem
        )
        targets = make_targets(truth, SCENES)
        net.train()
        total = 0.0
        for first in range(0, SCENES - BATCH + 1, BATCH):
            logits = net(nets.normalize(scenes[first : first + BATCH], ZERO, SCALE))
            loss = loss_of(logits, targets, (first, first + BATCH))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            plan.step()
            total += float(loss)
        print(
            "epoch %d: loss %.4f, %.0f s"
            % (epoch + 1, total / (SCENES // BATCH), time.time() - started),
            flush=True,
        )


def run(net, scenes):
    net.eval()
    with torch.no_grad():
        parts = [
            net(nets.normalize(scenes[i : i + BATCH], ZERO, SCALE)).numpy()
            for i in range(0, len(scenes), BATCH)
        ]
    return numpy.clip(numpy.concatenate(parts), *LIMIT)


def main():
    sheet, folder = sys.argv[1], sys.argv[2]
    started = time.time()
    nets.prepare(SEED)
    net = nets.build(LAYERS, 320, 240, 1)
    train(net, sheet, folder + "/scenes")
    # The logits of the float network: build/bin/measure decodes them as it does those of a board.
    held, _ = nets.make_data("scenes", sheet, "held-back", HELD_BACK_SEED, 200, folder + "/held")
    run(net, held).astype("<f4").tofile(folder + "/detector.float.logits")
    nets.write(folder + "/detector.network", LAYERS, net, 320, 240, 1, ZERO, SCALE, LIMIT)
    sample, _ = nets.make_data("scenes", sheet, "training", SEED - 1000, 48, folder + "/calibrate")
    numpy.asarray(sample).tofile(folder + "/detector.calibration")
    with open(folder + "/detector.side.json", "w", encoding="ascii") as out:
        json.dump({"anchors": [round(float(v), 4) for v in ANCHORS.reshape(-1)]}, out)
        out.write("\n")
    print("detector: %.0f s" % (time.time() - started))


if __name__ == "__main__":
    main()
