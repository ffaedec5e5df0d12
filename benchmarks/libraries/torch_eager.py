"""PyTorch as one writes it: modules, autograd, a fused optimizer, a Python loop over the batches."""

import time
from collections.abc import Iterable

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from glassnet.network.arrays import Array

from .. import machine
from ..works import Data, Work

torch.set_num_threads(machine.n_threads())
HALF = torch.tensor(0.5)  # the gradient that halves mse_loss, at no cost


class TorchEager:
    def __init__(self, work: Work, data: Data) -> None:
        self.work, self.data = work, data
        X, Y = map(torch.from_numpy, data.in_order())
        self.batches = list(zip(X.split(work.batch_size), targets(work, Y).split(work.batch_size), strict=True))
        self.reset()
        self.compile_seconds = 0.0
        begin = time.perf_counter()
        self.epoch()  # the first one is slower
        self.warm_up_seconds = time.perf_counter() - begin

    def reset(self) -> None:
        self.net = network(self.work, self.data)
        self.optimizer = optimizer(self.work, self.net)

    def epoch(self) -> None:
        net, step = self.net, self.optimizer
        for x, y in self.batches:
            step.zero_grad(set_to_none=True)
            if self.work.classes:
                F.cross_entropy(net(x), y).backward()
            else:
                F.mse_loss(net(x), y).backward(HALF)
            step.step()

    def theta(self) -> Array:
        return flat(layer for layer in self.net if isinstance(layer, nn.Linear))


def targets(work: Work, Y: torch.Tensor) -> torch.Tensor:
    return Y[:, 0].long() if work.classes else Y


def network(work: Work, data: Data) -> nn.Sequential:
    """The same first weights; a Linear keeps W transposed."""
    layers: list[nn.Module] = []
    for layer, (W, b) in work.architecture.layers(data.theta).items():
        linear = nn.Linear(*W.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W.T.copy()))
            linear.bias.copy_(torch.from_numpy(b.copy()))
        layers.append(linear)
        if layer < len(work.sizes):
            layers.append(nn.ReLU() if work.activation == "relu" else nn.Sigmoid())
            layers += [nn.Dropout(work.dropout)] if work.dropout else []
    return nn.Sequential(*layers)


def optimizer(work: Work, net: nn.Module) -> torch.optim.Optimizer:
    """Fused: the fastest of the three kinds that PyTorch has."""
    if work.optimizer == "adam":
        return torch.optim.Adam(net.parameters(), lr=work.eta, eps=work.epsilon, fused=True)
    momentum = 0.9 if work.optimizer == "momentum" else 0.0
    return torch.optim.SGD(net.parameters(), lr=work.eta, momentum=momentum, fused=True)


def flat(linears: Iterable[nn.Linear]) -> Array:
    parts = [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in linears]
    return np.concatenate([array.ravel() for part in parts for array in part])


prepare = TorchEager
