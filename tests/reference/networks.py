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


class Basic(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)
        self.change = stride != 1 or cin != cout
        if self.change:
            self.add_module("shortcut", nn.Conv2d(cin, cout, 1, stride, 0, bias=False))
            self.add_module("shortcut-bn", nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.change:
            x = getattr(self, "shortcut-bn")(self.shortcut(x))
        return F.relu(x + y)


class ResNet(nn.Module):
    """ResNet-18 or -34; block = Basic, or Block for pre-activation (then nothing before and after the blocks)."""

    def __init__(self, depth, stem, width, channels, classes, block=Basic):
        super().__init__()
        self.stem, self.pre = stem, block is Block
        large = stem == "imagenet"
        self.conv1 = nn.Conv2d(channels, width, 7 if large else 3, 2 if large else 1, 3 if large else 1, bias=False)
        if not self.pre:
            self.bn1 = nn.BatchNorm2d(width)
        self.blocks, cin = nn.ModuleDict(), width
        for g, n in enumerate({18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}[depth]):
            for b in range(n):
                self.blocks[f"group{g + 1}-block{b + 1}"] = block(cin, width * 2**g, 2 if g and not b else 1)
                cin = width * 2**g
        self.fc = nn.Linear(cin, classes)

    def forward(self, x):
        x = self.conv1(x)
        if not self.pre:
            x = F.relu(self.bn1(x))
        if self.stem == "imagenet":
            x = F.max_pool2d(x, 3, 2, 1)
        for block in self.blocks.values():
            x = block(x)
        return self.fc(x.mean((2, 3)))


class VGG(nn.Module):
    STAGES = {11: ((1,), (2,), (4, 4), (8, 8), (8, 8)), 13: ((1, 1), (2, 2), (4, 4), (8, 8), (8, 8)),
              16: ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8))}

    def __init__(self, depth, width, channels, classes):
        super().__init__()
        self.plan, cin = [], channels
        for s, factors in enumerate(self.STAGES[depth]):
            names = [f"stage{s + 1}-conv{i + 1}" for i in range(len(factors))]
            for name, factor in zip(names, factors):
                self.add_module(name, nn.Conv2d(cin, factor * width, 3, 1, 1, bias=False))
                self.add_module(name + "-bn", nn.BatchNorm2d(factor * width))
                cin = factor * width
            self.plan.append(names)
        self.fc = nn.Linear(cin, classes)

    def forward(self, x):
        for names in self.plan:
            for name in names:
                x = F.relu(getattr(self, name + "-bn")(getattr(self, name)(x)))
            x = F.max_pool2d(x, 2)
        return self.fc(x.mean((2, 3)))


def by_name(name, channels, classes):
    match = re.fullmatch(r"(preact-)?resnet-(\d+)(-cifar)?(?:-w(\d+))?", name)
    if match:
        pre, depth, cifar, width = match.groups()
        stem = "cifar" if cifar or pre else "imagenet"
        return ResNet(int(depth), stem, int(width or 64), channels, classes, Block if pre else Basic)
    match = re.fullmatch(r"vgg-(\d+)-bn(?:-w(\d+))?", name)
    if match:
        return VGG(int(match[1]), int(match[2] or 64), channels, classes)
    if name == "small-cnn":
        return SmallCNN(channels, classes)
    depth, widen = map(int, re.fullmatch(r"wrn-(\d+)-(\d+)", name).groups())
    return WRN(depth, widen, channels, classes)
