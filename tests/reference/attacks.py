#!/usr/bin/env python3
"""Numbers of attacks from PyTorch, for checking shared/attacks.

    python3 tests/reference/attacks.py > tests/reference/attacks.json

Inputs come from the integer hash of common.py, which both languages compute exactly."""
import json

import numpy as np
import torch
import torch.nn.functional as F

from common import uniform

def warp(height, width, channels, points, strength):
    """WaNet's grid as its paper describes it, from given control points, and one warped image."""
    field = torch.from_numpy(uniform("field", points * points * 2) * 2 - 1).reshape(1, points, points, 2)
    noise = F.interpolate(field.permute(0, 3, 1, 2), size=(height, width), mode="bicubic", align_corners=True)
    noise = noise.permute(0, 2, 3, 1)
    ys, xs = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    grid = torch.clamp(torch.stack((xs, ys), 2)[None] + strength * noise / height, -1, 1)
    pixels = np.floor(uniform("pixels", height * width * channels) * 256)
    image = torch.from_numpy(pixels).reshape(1, height, width, channels).permute(0, 3, 1, 2)
    out = F.grid_sample(image, grid, mode="bilinear", padding_mode="zeros", align_corners=True)
    return {
        "height": height, "width": width, "channels": channels, "points": points, "strength": strength,
        "upsampled": [round(float(v), 7) for v in noise.reshape(-1)],
        "pixels": [round(float(v), 4) for v in out[0].permute(1, 2, 0).reshape(-1)],
    }


def adam():
    """Three steps on a fixed sequence of gradients."""
    x = torch.from_numpy(uniform("start", 5)).requires_grad_()
    optimizer = torch.optim.Adam([x], lr=0.1)
    for k in range(3):
        x.grad = torch.from_numpy(uniform(f"gradient{k}", 5) - 0.5)
        optimizer.step()
    return [round(float(v), 9) for v in x.detach()]


print(json.dumps({"torch": torch.__version__, "adam": adam(), "warp": [warp(8, 11, 3, 4, 2.5), warp(9, 6, 1, 3, 6.0)]}, separators=(",", ":")))
