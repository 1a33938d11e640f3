#!/usr/bin/env python3
"""Numbers of a few training steps from PyTorch, for checking the engines: losses, gradients (through the
momentum buffers), updated weights and running statistics, evaluation and re-estimated statistics.

    python3 tests/reference/steps.py > tests/reference/steps.json

Weights and images come from an integer hash that both languages compute exactly, so only results are stored.
Tensors are stored as digests in the product's layout: kernels [height, width, in, out], dense [in, out]."""
import json

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from common import digest, initialise, short, tensors, uniform
from networks import by_name


def case(name, height, width, channels, classes, batch, steps):
    model = by_name(name, channels, classes)
    initialise(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=steps[0]["weightDecay"], nesterov=True)
    result = {"network": name, "height": height, "width": width, "channels": channels, "classes": classes, "batch": batch, "steps": []}

    def images(key, n):
        pixels = np.floor(uniform(key, n * height * width * channels) * 256).astype(np.uint8)
        return torch.from_numpy(pixels.reshape(n, height, width, channels)).permute(0, 3, 1, 2).double().div(255)

    def evaluate():
        model.eval()
        x = images("test", batch + 3)
        y = torch.from_numpy(np.floor(uniform("test-labels", batch + 3) * classes).astype(np.int64))
        with torch.no_grad():
            logits = model(x)
        return {"losses": F.cross_entropy(logits, y, reduction="none").tolist(), "logits": digest(logits)}

    for k, s in enumerate(steps):
        model.train()
        x = images(f"batch{k}", batch)
        y = torch.from_numpy(np.floor(uniform(f"labels{k}", batch) * classes).astype(np.int64))
        losses = F.cross_entropy(model(x), y, reduction="none")
        w = torch.tensor(s["weights"] * (batch // len(s["weights"])), dtype=torch.float64)
        held = losses.detach()
        if s["gamma"] is not None:
            w = w * torch.sign(held - s["gamma"])
        if s["gammaBatch"] is not None:
            w = w * torch.sign(held.mean() - s["gammaBatch"])
        if s["ceiling"] is not None:
            w = torch.where((w < 0) & (held > s["ceiling"]), torch.zeros_like(w), w)
        for group in optimizer.param_groups:
            group["lr"] = s["learningRate"]
            group["weight_decay"] = s["weightDecay"]
        optimizer.zero_grad()
        (w * losses).sum().backward()
        optimizer.step()
        state = {}
        for key, (t, layout) in tensors(model).items():
            state[key] = digest(layout(t))
            if t in optimizer.state:
                state["momentum:" + key] = digest(layout(optimizer.state[t]["momentum_buffer"]))
        result["steps"].append({**s, "losses": held.tolist(), "tensors": state, "evaluation": evaluate()})

    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    for m in norms:
        m.reset_running_stats()
        m.momentum = None
    model.train()
    with torch.no_grad():
        for k in range(3):
            model(images(f"observe{k}", batch))
    result["observed"] = {key: digest(layout(t)) for key, (t, layout) in tensors(model).items() if key.endswith(("/mean", "/variance"))}
    result["observedEvaluation"] = evaluate()
    return result


def step(lr, weights, gamma=None, gamma_batch=None, ceiling=None, wd=1e-4):
    return {"learningRate": lr, "weightDecay": wd, "weights": weights, "gamma": gamma, "gammaBatch": gamma_batch, "ceiling": ceiling}


B = 8
plain, ascent = [1 / B], [-1 / B]
joint = [1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6, -0.15, -0.15]
STEPS = [
    step(0.02, plain),
    step(0.02, plain, gamma=2.3),
    step(0.02, plain, gamma_batch=20.0),
    step(0.01, joint, ceiling=2.0, wd=5e-4),
    step(5e-4, ascent),
]


# Many rectifiers over few values: one small step, after which rounding has not yet switched too many of them.
DEEP = [step(0.005, plain, gamma=2.3)]
DEEPEST = [step(0.001, plain, gamma=2.3)]
# The largest size that the product promises, with a batch that a small machine computes in a moment.
ONE = [step(0.001, [1 / 2])]


print(json.dumps(short({"torch": torch.__version__, "cases": [
    case("wrn-16-1", 32, 32, 3, 10, B, STEPS),
    case("wrn-10-2", 15, 18, 1, 4, B, STEPS),
    case("small-cnn", 32, 32, 3, 10, B, STEPS),
    case("small-cnn", 28, 25, 1, 5, B, STEPS),
    case("resnet-18-w4", 73, 90, 3, 6, B, DEEP),
    case("resnet-34-w4", 64, 64, 3, 4, B, DEEP),
    case("resnet-18-cifar-w4", 32, 32, 3, 10, B, DEEP),
    case("preact-resnet-18-w4", 30, 33, 1, 5, B, DEEP),
    case("vgg-11-bn-w4", 64, 66, 3, 10, B, DEEP),
    case("vgg-13-bn-w4", 34, 33, 1, 4, B, DEEP),
    case("vgg-16-bn-w4", 32, 47, 3, 10, B, DEEP),
    case("resnet-34-cifar-w4", 32, 30, 3, 10, B, DEEPEST),
    case("wrn-10-1", 224, 224, 3, 3, 2, ONE),
    case("resnet-18-w4", 224, 224, 3, 3, 2, ONE),
    case("vgg-11-bn-w4", 224, 224, 3, 3, 2, ONE),
]}), separators=(",", ":")))
