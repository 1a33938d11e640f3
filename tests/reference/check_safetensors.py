#!/usr/bin/env python3
"""Loads the safetensors that check-exports.ts wrote into PyTorch: python3 check_safetensors.py FOLDER. Every parameter
must find its place by name and shape. Exit status 1 when logits do not agree with the engine's to 1e-4."""
import json
import os
import sys

import numpy as np
import safetensors
import torch
from safetensors import safe_open

from networks import by_name

WITHIN = 1e-4


def check(name, folder):
    with safe_open(os.path.join(folder, "model.safetensors"), framework="pt") as file:
        meta = json.loads(file.metadata()["theriac"])
        state = {key: file.get_tensor(key) for key in file.keys()}
    sizes, options = meta["network"], meta["options"]
    model = by_name(name, sizes["channels"], sizes["classes"]).eval()
    # Our names have no place for PyTorch's containers.
    wanted = {}
    for key, value in model.state_dict().items():
        module, part = key.rsplit(".", 1)
        if part != "num_batches_tracked":
            wanted[key] = state.pop(f"{module.replace('blocks.', '').replace('.', '-')}.{part}")
    assert not state, f"left over: {sorted(state)}"
    missing, unexpected = model.load_state_dict(wanted, strict=False)
    assert not unexpected and all(key.endswith("num_batches_tracked") for key in missing)
    pixels = np.fromfile(os.path.join(folder, "pixels.bin"), dtype=np.uint8)
    pixels = pixels.reshape(-1, sizes["height"], sizes["width"], sizes["channels"])
    images = (torch.from_numpy(pixels).float() / 255 - torch.tensor(options["mean"])) / torch.tensor(options["std"])
    with torch.no_grad():
        theirs = model(images.permute(0, 3, 1, 2).contiguous()).numpy()
    ours = np.fromfile(os.path.join(folder, "logits.bin"), dtype="<f4").reshape(theirs.shape)
    return float(np.abs(theirs - ours).max()), int((theirs.argmax(1) == ours.argmax(1)).sum()), len(ours)


def main():
    folder = sys.argv[1]
    print(f"safetensors {safetensors.__version__}, PyTorch {torch.__version__}")
    bad = 0
    for name in sorted(os.listdir(folder)):
        apart, same, images = check(name, os.path.join(folder, name))
        good = apart < WITHIN
        bad += not good
        print(f"{name:20}apart {apart:.1e}  same answer {same} of {images}{'' if good else '  DIFFERS'}", flush=True)
    sys.exit(1 if bad else 0)


main()
