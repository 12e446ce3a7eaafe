#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
"""Trains the classifier of handwritten digits: train_classifier.py SHEET.png FOLDER."""

import json
import sys
import time

import numpy
import torch
from torch.nn import functional

import network as nets

SEED = 20260601
HELD_BACK_SEED = 77000001
EPOCHS = 16
PICTURES = 20000  # new ones in each epoch
ZERO, SCALE = 0, 1 / 255
LAYERS = [
    {"type": "convolution", "kernel": 3, "outputs": 16, "activation": "leaky", "pool": 2},
    {"type": "convolution", "kernel": 3, "outputs": 32, "activation": "leaky", "pool": 2},
    {"type": "depthwise", "kernel": 3, "activation": "relu6", "pool": 1},
    {"type": "convolution", "kernel": 1, "outputs": 64, "activation": "relu6", "pool": 1},
    {"type": "convolution", "kernel": 3, "outputs": 32, "activation": "leaky", "pool": 1},
    {"type": "dense", "outputs": 10},
    {"type": "softmax"},
]


def accuracy(net, pictures, truth):
    net.eval()
    with torch.no_grad():
        guess = net(nets.normalize(pictures, ZERO, SCALE)).argmax(1).numpy()
    return float((guess == truth[:, 0]).mean())


def train(net, sheet, stem):
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    steps = EPOCHS * (PICTURES // 64)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps)
    for epoch in range(EPOCHS):
        pictures, truth = nets.make_data(
            "digits", sheet, "training", SEED + epoch * PICTURES, PICTURES, stem
        )
        net.train()
        total = 0.0
        for first in range(0, PICTURES - 63, 64):
            batch = nets.normalize(pictures[first : first + 64], ZERO, SCALE)
            wanted = torch.from_numpy(truth[first : first + 64, 0])
            loss = functional.cross_entropy(net(batch), wanted, label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            plan.step()
            total += float(loss)
        print("epoch %d: loss %.4f" % (epoch + 1, total / (PICTURES // 64)), flush=True)


def main():
    sheet, folder = sys.argv[1], sys.argv[2]
    started = time.time()
    nets.prepare(SEED)
    net = nets.build(LAYERS, 28, 28, 1)
    train(net, sheet, folder + "/digits")
    plain = nets.make_data("digits", sheet, "held-back", 0, 0, folder + "/plain")
    posed = nets.make_data("digits", sheet, "held-back", HELD_BACK_SEED, 1000, folder + "/posed")
    report = {
        "classifier": {
            "plain": round(accuracy(net, *plain), 4),
            "composed": round(accuracy(net, *posed), 4),
        }
    }
    nets.write(folder + "/classifier.network", LAYERS, net, 28, 28, 1, ZERO, SCALE)
    sample, _ = nets.make_data("digits", sheet, "training", SEED - 1000, 512, folder + "/calibrate")
    numpy.asarray(sample).tofile(folder + "/classifier.calibration")
    with open(folder + "/classifier.float.json", "w", encoding="ascii") as out:
        json.dump(report, out)
        out.write("\n")
    print("held back, float: %s; %.0f s" % (report, time.time() - started))


if __name__ == "__main__":
    main()
