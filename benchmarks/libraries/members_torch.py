"""PyTorch: torch.func.vmap over stacked weights, the four steps of an epoch as one graph by torch.compile."""

import time

import numpy as np
import torch
from torch.func import grad, vmap
from torch.nn import functional as F

from glassnet.network.arrays import Array

from ..ensembles import BATCH, Ensemble, EnsembleData
from . import Skip, torch_compiled  # noqa: F401 - sets threads and the compiler


class MembersTorch:
    def __init__(self, ensemble: Ensemble, data: EnsembleData) -> None:
        self.work, self.data = ensemble.work, data
        self.X, self.Y = torch.from_numpy(data.X), torch.from_numpy(data.Y)
        self.order = [torch.from_numpy(rows.copy()) for rows in data.order.swapaxes(0, 1)]  # of each epoch
        self.reset()
        torch._dynamo.reset()
        self.compiled = torch.compile(self._epoch, fullgraph=True, dynamic=False)
        begin = time.perf_counter()
        try:
            with torch.no_grad():
                self.compiled(self.weights, self.m, self.v, self.powers, self.order[0])
        except Exception as reason:
            raise Skip(f"torch.compile: {str(reason).strip().splitlines()[0]}") from reason
        self.compile_seconds = time.perf_counter() - begin
        self.epoch()

    def reset(self) -> None:
        layers = [self.work.architecture.layers(theta).values() for theta in self.data.theta]
        members = [[array for pair in pairs for array in pair] for pairs in layers]
        self.weights = [torch.from_numpy(np.stack(parts)) for parts in zip(*members, strict=True)]
        self.m = [torch.zeros_like(w) for w in self.weights]
        self.v = [torch.zeros_like(w) for w in self.weights]
        self.powers = torch.ones(2, dtype=torch.float64)  # beta_1^t, beta_2^t

    def epoch(self) -> None:
        with torch.no_grad():
            for order in self.order:
                self.compiled(self.weights, self.m, self.v, self.powers, order)

    def theta(self) -> Array:
        return np.concatenate([w.numpy().reshape(len(w), -1) for w in self.weights], axis=1)

    def _loss(self, weights: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        a = x
        for k in range(0, len(weights), 2):
            a = torch.addmm(weights[k + 1], a, weights[k])
            a = torch.relu(a) if k < len(weights) - 2 else a
        return 0.5 * F.mse_loss(a, y)

    def _epoch(
        self,
        weights: list[torch.Tensor],
        m: list[torch.Tensor],
        v: list[torch.Tensor],
        powers: torch.Tensor,
        order: torch.Tensor,
    ) -> None:
        for rows in order.split(BATCH, dim=1):
            powers.mul_(torch.tensor([0.9, 0.999], dtype=torch.float64))
            rest_1, rest_2 = (1 - powers).float()
            for w, g, m_w, v_w in zip(
                weights, vmap(grad(self._loss))(weights, self.X[rows], self.Y[rows]), m, v, strict=True
            ):
                m_w.mul_(0.9).add_(0.1 * g)
                v_w.mul_(0.999).add_((1 - 0.999) * g * g)
                w.sub_(self.work.eta / rest_1 * m_w / (torch.sqrt(v_w / rest_2) + self.work.epsilon))


prepare = MembersTorch
