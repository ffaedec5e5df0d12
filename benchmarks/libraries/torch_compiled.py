"""PyTorch with torch.compile: forward pass, gradient and update of a step as one graph, called from a Python loop."""

import time

import numpy as np
import torch
import torch._inductor.config as inductor
from torch.nn import functional as F

from glassnet.network.arrays import Array

from .. import machine
from ..works import Data, Work
from . import Skip
from .torch_eager import targets

torch.set_num_threads(machine.n_threads())
inductor.cpp_wrapper = True  # the call from graph to kernel in C++ too
inductor.force_disable_caches = True  # so that compiling is timed, not reading


class TorchCompiled:
    def __init__(self, work: Work, data: Data) -> None:
        self.work, self.data = work, data
        X, Y = map(torch.from_numpy, data.in_order())
        self.batches = list(zip(X.split(work.batch_size), targets(work, Y).split(work.batch_size), strict=True))
        self.reset()
        torch._dynamo.reset()
        self.step = torch.compile(self._step, fullgraph=True, dynamic=False)
        begin = time.perf_counter()
        try:
            self.epoch()
        except Exception as reason:
            raise Skip(f"torch.compile: {str(reason).strip().splitlines()[0]}") from reason
        self.compile_seconds = time.perf_counter() - begin

    def reset(self) -> None:
        views = self.work.architecture.layers(self.data.theta).values()
        self.weights = [torch.from_numpy(array.copy()) for pair in views for array in pair]
        self.m = [torch.zeros_like(w) for w in self.weights]
        self.v = [torch.zeros_like(w) for w in self.weights]
        self.powers = torch.ones(2, dtype=torch.float64)  # beta_1^t, beta_2^t

    def epoch(self) -> None:
        with torch.no_grad():
            for x, y in self.batches:
                self.step(self.weights, self.m, self.v, self.powers, x, y)

    def theta(self) -> Array:
        return np.concatenate([w.numpy().ravel() for w in self.weights])

    def _loss(self, weights: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        a = x
        for k in range(0, len(weights), 2):
            a = torch.addmm(weights[k + 1], a, weights[k])
            if k < len(weights) - 2:
                a = getattr(torch, self.work.activation)(a)
                a = F.dropout(a, self.work.dropout) if self.work.dropout else a
        return F.cross_entropy(a, y) if self.work.classes else 0.5 * F.mse_loss(a, y)

    def _step(
        self, weights: list[torch.Tensor], m: list[torch.Tensor], v: list[torch.Tensor], *rest: torch.Tensor
    ) -> None:
        powers, x, y = rest
        grads = torch.func.grad(self._loss)(weights, x, y)
        eta = self.work.eta
        if self.work.optimizer == "adam":
            powers.mul_(torch.tensor([0.9, 0.999], dtype=torch.float64))
            rest_1, rest_2 = (1 - powers).float()
        for w, g, m_w, v_w in zip(weights, grads, m, v, strict=True):
            if self.work.optimizer == "sgd":
                w.sub_(eta * g)
            elif self.work.optimizer == "momentum":
                m_w.mul_(0.9).sub_(eta * g)
                w.add_(m_w)
            else:
                m_w.mul_(0.9).add_(0.1 * g)
                v_w.mul_(0.999).add_((1 - 0.999) * g * g)
                w.sub_(eta / rest_1 * m_w / (torch.sqrt(v_w / rest_2) + self.work.epsilon))


prepare = TorchCompiled
