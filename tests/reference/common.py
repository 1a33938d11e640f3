"""What the scripts of this folder share: inputs that both languages compute exactly, PyTorch modules under the
product's names and layouts, and digests of large results."""
import numpy as np
import torch
import torch.nn as nn

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


def short(value):
    """Eight significant digits are plenty for float32 and keep the file small."""
    if isinstance(value, float):
        return float(f"{value:.8g}")
    if isinstance(value, dict):
        return {k: short(v) for k, v in value.items()}
    return [short(v) for v in value] if isinstance(value, list) else value
