#!/usr/bin/env python3
"""Checks the models that check-onnx.ts wrote: python3 check_onnx.py FOLDER. Exit status 1 when one does not agree to 1e-4."""
import os
import sys

import numpy as np
import onnx
import onnxruntime

WITHIN = 1e-4
LEAST_OPSET = 17
IMAGES = 100


def check(folder):
    path = os.path.join(folder, "model.onnx")
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)  # with shape inference
    opset = max(entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx"))
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    _, height, width, channels = session.get_inputs()[0].shape
    pixels = np.fromfile(os.path.join(folder, "pixels.bin"), dtype=np.uint8)
    pixels = pixels.reshape(IMAGES, height, width, channels)
    logits, chances = session.run(["logits", "probabilities"], {"images": pixels})
    ours = np.fromfile(os.path.join(folder, "logits.bin"), dtype="<f4").reshape(logits.shape)
    apart = float(np.abs(logits - ours).max())
    same = int((logits.argmax(1) == ours.argmax(1)).sum())
    good = apart < WITHIN and opset >= LEAST_OPSET and ours.std() > 1e-3 and np.allclose(chances.sum(1), 1, atol=1e-5)
    return opset, float(ours.min()), float(ours.max()), apart, same, good


def main():
    folder = sys.argv[1]
    print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, {IMAGES} images each")
    print(f"{'network':20}{'opset':>6}{'logits from':>13}{'to':>9}{'apart':>11}{'same answer':>13}")
    bad = 0
    for name in sorted(os.listdir(folder)):
        opset, low, high, apart, same, good = check(os.path.join(folder, name))
        bad += not good
        print(f"{name:20}{opset:6}{low:13.3f}{high:9.3f}{apart:11.1e}{same:13}{'' if good else '  DIFFERS'}", flush=True)
    sys.exit(1 if bad else 0)


main()
