#!/usr/bin/env python3
"""Gradients with respect to pixels from PyTorch, for checking the engines' pixelGradient.

    python3 tests/reference/gradients.py > tests/reference/gradients.json"""
import json

import numpy as np
import torch
import torch.nn.functional as F

from common import digest, initialise, short, uniform
from networks import by_name


def case(name, height, width, channels, classes, batch):
    model = by_name(name, channels, classes)
    initialise(model)
    model.eval()
    pixels = torch.from_numpy((uniform("pixels", batch * height * width * channels) * 255).astype(np.float32)).double()
    pixels = pixels.reshape(batch, height, width, channels).requires_grad_()
    seen = []
    model.fc.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    logits = model(pixels.permute(0, 3, 1, 2) / 255)
    features = seen[0]
    n = features.shape[1]
    labels = torch.from_numpy(np.floor(uniform("labels", batch) * classes).astype(np.int64))
    factors = torch.from_numpy((uniform("factors", batch) - 0.5).astype(np.float32)).double()
    targets = torch.from_numpy(uniform("targets", batch * n).astype(np.float32)).double().reshape(batch, n)
    weights = torch.from_numpy(uniform("weights", batch * n).astype(np.float32)).double().reshape(batch, n)
    losses = F.cross_entropy(logits, labels, reduction="none")
    first = (factors * losses).sum()
    second = (weights * (features - targets) ** 2).sum()
    alone = torch.autograd.grad(first, pixels, retain_graph=True)[0]
    both = torch.autograd.grad(first + second, pixels)[0]
    return {"network": name, "height": height, "width": width, "channels": channels, "classes": classes, "batch": batch,
            "losses": losses.tolist(), "features": digest(features), "alone": digest(alone), "both": digest(both)}


print(json.dumps(short({"torch": torch.__version__, "cases": [
    case("small-cnn", 17, 20, 3, 5, 4),
    case("wrn-10-1", 16, 16, 1, 4, 3),
    case("resnet-18-w4", 40, 33, 3, 6, 2),
]}), separators=(",", ":")))
