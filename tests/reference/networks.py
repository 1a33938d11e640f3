"""The product's networks in PyTorch, for reference numbers and for the speed comparison."""
import re

import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(cin), nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(cout), nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.shortcut = None if cin == cout else nn.Conv2d(cin, cout, 1, stride, 0, bias=False)

    def forward(self, x):
        a = F.relu(self.bn1(x))
        y = self.conv2(F.relu(self.bn2(self.conv1(a))))
        return y + (x if self.shortcut is None else self.shortcut(a))


class WRN(nn.Module):
    def __init__(self, depth, widen, channels, classes):
        super().__init__()
        self.conv = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
        self.blocks, cin = nn.ModuleDict(), 16
        for g, cout in enumerate((16 * widen, 32 * widen, 64 * widen)):
            for b in range((depth - 4) // 6):
                self.blocks[f"group{g + 1}-block{b + 1}"] = Block(cin, cout, 2 if g and not b else 1)
                cin = cout
        self.bn, self.fc = nn.BatchNorm2d(cin), nn.Linear(cin, classes)

    def forward(self, x):
        x = self.conv(x)
        for block in self.blocks.values():
            x = block(x)
        return self.fc(F.relu(self.bn(x)).mean((2, 3)))


class SmallCNN(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        for i, (a, b) in enumerate(((channels, 16), (16, 32), (32, 64)), 1):
            setattr(self, f"conv{i}", nn.Conv2d(a, b, 3, 1, 1, bias=False))
            setattr(self, f"bn{i}", nn.BatchNorm2d(b))
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        for i in (1, 2, 3):
            x = F.max_pool2d(F.relu(getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(x))), 2)
        return self.fc(x.mean((2, 3)))


def by_name(name, channels, classes):
    if name == "small-cnn":
        return SmallCNN(channels, classes)
    depth, widen = map(int, re.fullmatch(r"wrn-(\d+)-(\d+)", name).groups())
    return WRN(depth, widen, channels, classes)
