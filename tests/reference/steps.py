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

from networks import by_name

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)  # the engines compute in float32; the reference must not add its own rounding


def hash32(text):
    h = 0x811C9DC5
    for c in text:
        h = ((h ^ ord(c)) * 0x01000193) & 0xFFFFFFFF
    return h


def uniform(name, n):
    """n numbers in [0, 1), a multiplicative hash of the index, salted by the name."""
    x = (np.arange(n, dtype=np.uint64) + np.uint64(hash32(name))) & np.uint64(0xFFFFFFFF)
    x = (x * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    x = ((x ^ (x >> np.uint64(15))) * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    x = x ^ (x >> np.uint64(13))
    return x.astype(np.float64) / 4294967296.0


def tensors(model):
    """product name -> (torch tensor, torch -> product layout)"""
    out = {}
    for name, module in model.named_modules():
        base = name.replace("blocks.", "").replace(".", "-")
        if isinstance(module, nn.Conv2d):
            out[base + "/kernel"] = (module.weight, lambda t: t.permute(2, 3, 1, 0))
        elif isinstance(module, nn.Linear):
            out[base + "/kernel"] = (module.weight, lambda t: t.t())
            out[base + "/bias"] = (module.bias, lambda t: t)
        elif isinstance(module, nn.BatchNorm2d):
            for ours, theirs in (("gamma", "weight"), ("beta", "bias"), ("mean", "running_mean"), ("variance", "running_var")):
                out[f"{base}/{ours}"] = (getattr(module, theirs), lambda t: t)
    return out


def initialise(model):
    with torch.no_grad():
        for name, (t, layout) in tensors(model).items():
            shape = tuple(layout(t).shape)
            u = uniform(name, t.numel()).reshape(shape)
            if name.endswith("kernel"):
                fan = int(np.prod(shape[:-1]))
                v = (u - 0.5) * 2 * np.sqrt(3.0 / fan)
            elif name.endswith("gamma") or name.endswith("variance"):
                v = 0.75 + 0.5 * u
            else:
                v = 0.2 * (u - 0.5)
            v = torch.from_numpy(v.astype(np.float32))
            if len(shape) == 4:
                v = v.permute(3, 2, 0, 1)
            elif len(shape) == 2:
                v = v.t()
            t.copy_(v)


def digest(t):
    v = t.detach().double().contiguous().reshape(-1).numpy()
    probe = uniform("probe", len(v)) - 0.5
    return {"sum": float(v.sum()), "norm": float(np.sqrt((v * v).sum())), "probe": float((v * probe).sum()), "first": [float(x) for x in v[:3]]}


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


def short(value):
    """Eight significant digits are plenty for float32 and keep the file small."""
    if isinstance(value, float):
        return float(f"{value:.8g}")
    if isinstance(value, dict):
        return {k: short(v) for k, v in value.items()}
    return [short(v) for v in value] if isinstance(value, list) else value


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
]}), separators=(",", ":")))
