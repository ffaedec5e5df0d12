"""torch.compile at its best: ten steps in one graph, so that Python calls PyTorch once for ten steps.

Tried and left out, because they changed nothing here: max_autotune with the products written in C++.
"""

from typing import Any

import torch

from ..works import Data, Work
from . import Skip
from .torch_compiled import TorchCompiled

STEPS = 10


class TorchUnrolled(TorchCompiled):
    def __init__(self, work: Work, data: Data) -> None:
        if work.n_steps % STEPS:
            raise Skip(f"the number of steps is no multiple of {STEPS}")
        super().__init__(work, data)

    def epoch(self) -> None:
        with torch.no_grad():
            for k in range(0, len(self.batches), STEPS):
                self.step(self.weights, self.m, self.v, self.powers, self.batches[k : k + STEPS])

    def _step(self, *arguments: Any) -> None:
        *state, batches = arguments
        for x, y in batches:
            super()._step(*state, x, y)


prepare = TorchUnrolled
