"""Whole training steps in PyTorch (channels_last), timed one by one; the yardstick of `npm run bench`.

    torch_step.py NETWORK BATCH STEPS THREADS   -> one JSON line {"milliseconds": [...], "cpuSeconds": ...}

A step is what the product's step is: bytes to floats, forward, per-example losses, backward, SGD with nesterov
momentum and weight decay, running statistics."""
import importlib.util
import json
import os
import sys
import time

import torch
import torch.nn.functional as F

network, batch, steps, threads = sys.argv[1], *map(int, sys.argv[2:5])
torch.set_num_threads(threads)
path = os.path.join(os.path.dirname(__file__), "..", "reference", "networks.py")
spec = importlib.util.spec_from_file_location("networks", path)
networks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(networks)

torch.manual_seed(1)
model = networks.by_name(network, 3, 10).to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4, nesterov=True)
images = torch.randint(0, 256, (batch, 32, 32, 3), dtype=torch.uint8)
labels = torch.randint(0, 10, (batch,))
weights = torch.full((batch,), 1 / batch)

times = []
cpu = 0.0
for i in range(steps + 5):
    start, start_cpu = time.perf_counter(), time.process_time()
    x = images.permute(0, 3, 1, 2).float().div_(255)  # NHWC bytes are channels_last already
    losses = F.cross_entropy(model(x), labels, reduction="none")
    optimizer.zero_grad()
    (losses * weights).sum().backward()
    optimizer.step()
    losses.detach().numpy()
    if i >= 5:
        times.append((time.perf_counter() - start) * 1000)
        cpu += time.process_time() - start_cpu
print(json.dumps({"milliseconds": times, "cpuSeconds": cpu}))
