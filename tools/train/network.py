# SPDX-License-Identifier: BSD-2-Clause
# SPDX-FileCopyrightText: the kpu authors
"""Networks of layers that a K210 has, and their way into a file for the quantizer.

A network is a list of layers, each a dictionary:
  {"type": "convolution", "kernel": 1 | 3, "outputs": N, "activation": A, "pool": 1 | 2}
  {"type": "depthwise", "kernel": 3, "activation": A, "pool": 1 | 2}
  {"type": "dense", "outputs": N}
  {"type": "softmax"}
with A one of "linear", "leaky", "relu6". All convolutions but a last linear one carry a batch norm.
The format of the file is described in tools/kmodel/network.h.
"""

import os
import subprocess

import numpy
import torch
from torch import nn

LEAKY_SLOPE = 0.125


def prepare(seed):
    """One thread and fixed seeds: the same packages on the same processor give the same bytes."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    numpy.random.seed(seed)


def has_norm(layer):
    return layer["type"] in ("convolution", "depthwise") and layer["activation"] != "linear"


def activation_of(name):
    return {
        "linear": nn.Identity,
        "relu6": nn.ReLU6,
        "leaky": lambda: nn.LeakyReLU(LEAKY_SLOPE, True),
    }[name]()


def convolution_modules(layer, channels):
    outputs = layer.get("outputs", channels)
    groups = channels if layer["type"] == "depthwise" else 1
    kernel = layer["kernel"]
    modules = [
        nn.Conv2d(
            channels, outputs, kernel, padding=kernel // 2, groups=groups, bias=not has_norm(layer)
        )
    ]
    if has_norm(layer):
        norm = nn.BatchNorm2d(outputs, momentum=0.05)
        # A norm that does not turn values round may come behind the pooling, which is cheaper.
        norm.weight.requires_grad_(False)
        modules.append(norm)
    if layer["pool"] == 2:
        modules.insert(1, nn.MaxPool2d(2))
    modules.append(activation_of(layer["activation"]))
    return modules, outputs


def build(layers, width, height, channels):
    """The network as torch runs it, without a softmax at its end."""
    modules = []
    for layer in layers:
        if layer["type"] in ("convolution", "depthwise"):
            made, channels = convolution_modules(layer, channels)
            modules += made
            width //= layer["pool"]
            height //= layer["pool"]
        elif layer["type"] == "dense":
            modules += [nn.Flatten(), nn.Linear(width * height * channels, layer["outputs"])]
    # This order of the values takes half the time of the other one.
    return nn.Sequential(*modules).to(memory_format=torch.channels_last)


def line_of(layer):
    if layer["type"] == "dense":
        return "dense %d" % layer["outputs"]
    if layer["type"] == "softmax":
        return "softmax"
    return "%s %d %d %s %g %d %d" % (
        layer["type"],
        layer["kernel"],
        layer.get("outputs", 0),
        layer["activation"],
        {"linear": 1, "relu6": 0, "leaky": LEAKY_SLOPE}[layer["activation"]],
        layer["pool"],
        has_norm(layer),
    )


def write(path, layers, network, width, height, channels, zero, scale, limit=None):
    """zero, scale: value = (byte - zero) * scale; limit: results of the last layer beyond it do
    not matter."""
    with open(path, "wb") as out:
        lines = ["network 1", "input %d %d %d %d %.9g" % (width, height, channels, zero, scale)]
        lines += [line_of(layer) for layer in layers]
        if limit:
            lines.append("limit %g %g" % limit)
        out.write(("\n".join(lines) + "\ndata\n").encode())
        for module in network:
            values = []
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                values = [module.weight] + ([module.bias] if module.bias is not None else [])
            elif isinstance(module, nn.BatchNorm2d):
                spread = torch.sqrt(module.running_var + module.eps)
                values = [module.weight, module.bias, module.running_mean, spread]
            for value in values:
                out.write(value.detach().numpy().astype("<f4").tobytes())


def make_data(kind, sheet, part, seed, count, stem):
    """Calls build/bin/make_data; returns pictures and the numbers of the truth file."""
    program = os.environ.get("MAKE_DATA", "build/bin/make_data")
    subprocess.run([program, kind, sheet, part, str(seed), str(count), stem], check=True)
    shape = (-1, 1, 240, 320) if kind != "digits" else (-1, 1, 28, 28)
    pictures = numpy.fromfile(stem + ".u8", numpy.uint8).reshape(shape)
    truth = numpy.loadtxt(stem + ".txt", int, ndmin=2)
    return pictures, truth


def normalize(pictures, zero, scale):
    return (torch.from_numpy(pictures).float() - zero) * scale
