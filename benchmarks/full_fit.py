"""A whole fit as a user calls it: python -m benchmarks.full_fit

20 000 rows, 20 inputs, hidden layers 64-64, 50 epochs of Adam with batches of 32, one thread. The losses on rows that
were not trained on are compared before the times are.
"""

import os
import tempfile
import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any

from . import machine
from .cold_start import PLAIN
from .table import digits, markdown

ROWS, COLUMNS, HIDDEN, EPOCHS, BATCH = 20_000, 20, (64, 64), 50, 32
REPETITIONS = 3
TOLERANCE = 0.05  # of the loss: three seeds of one library differ by 0.02
US = "glassnet"


def main() -> None:
    machine.fix_threads(1)
    warnings.simplefilter("ignore")  # MLPRegressor warns that 50 epochs were not enough
    machine.report("full_fit", measure(), text)


def measure() -> dict[str, Any]:
    """{library: seconds of each repetition}, {library: losses on new rows}, and what compiling took."""
    from .libraries import is_installed

    data = _data()
    times: dict[str, list[float]] = {}
    losses: dict[str, list[float]] = {}
    fits: dict[str, Callable[..., Any]] = {US: _ours, "scikit-learn": _sklearn, "PyTorch": _torch}
    missing = [name for name in fits if not is_installed(name)]
    with tempfile.TemporaryDirectory() as cache:
        os.environ["GLASSNET_CACHE_DIR"] = cache
        first = _fit(_ours, data, 0, 1)[0]
        for seed in range(REPETITIONS):
            for name, fit in fits.items():
                if name not in missing:
                    seconds, loss = _fit(fit, data, seed, EPOCHS)
                    times.setdefault(name, []).append(seconds)
                    losses.setdefault(name, []).append(loss)
    _require_equal({name: median(values) for name, values in losses.items()})
    compiling = first - median(times[US]) / EPOCHS
    return {"compile_seconds": compiling, "seconds": times, "losses": losses, "not_installed": missing}


def text(result: dict[str, Any]) -> str:
    """The table in words."""
    seconds = {name: median(values) for name, values in result["seconds"].items()}
    rows = [
        [name, digits(s), digits(s / seconds[US]), f"{median(result['losses'][name]):.4f}"]
        for name, s in seconds.items()
    ]
    more = (
        f"Not counted: loading and running the compiler, {result['compile_seconds']:.1f} s, once for each architecture."
    )
    table = markdown(["fit", "seconds", "times ours", "loss on new rows"], rows)
    return "\n\n".join([table, more, *(f"{name} is not installed." for name in result["not_installed"])])


def _data() -> Any:
    import numpy as np

    rng = np.random.default_rng(0)
    X = rng.standard_normal((ROWS + 5000, COLUMNS), np.float32)
    signal = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + np.abs(X[:, 3]) + 0.5 * X[:, 4:8].sum(axis=1)
    y = signal + rng.normal(size=len(X))
    y = ((y - y.mean()) / y.std()).astype(np.float32)  # as glassnet scales it: the others then learn at the same pace
    return X[:ROWS], y[:ROWS], X[ROWS:], y[ROWS:]


def _fit(fit: Callable[..., Any], data: Any, seed: int, epochs: int) -> tuple[float, float]:
    """Seconds of the fit by the processor's clock, as in steps.py, and half the mean squared error on the new rows."""
    X, y, X_new, y_new = data
    begin = time.process_time()
    predict = fit(X, y, seed, epochs)
    seconds = time.process_time() - begin
    return seconds, float(((predict(X_new) - y_new) ** 2).mean() / 2)


def _require_equal(losses: dict[str, float]) -> None:
    for name, loss in losses.items():
        if abs(loss - losses[US]) > TOLERANCE * losses[US]:
            raise SystemExit(f"{name} ends at the loss {loss:.4f}, {US} at {losses[US]:.4f}: the times say nothing.")


def _ours(X: Any, y: Any, seed: int, epochs: int) -> Any:
    import numpy as np

    from glassnet import GlassNetRegressor

    settings = PLAIN | {"hidden_layer_sizes": HIDDEN, "batch_size": BATCH, "max_iter": epochs, "random_state": seed}
    return GlassNetRegressor(**settings | {"n_iter_no_change": np.inf}).fit(X, y).predict


def _sklearn(X: Any, y: Any, seed: int, epochs: int) -> Any:
    import numpy as np
    from sklearn.neural_network import MLPRegressor

    model = MLPRegressor(
        hidden_layer_sizes=HIDDEN, batch_size=BATCH, max_iter=epochs, n_iter_no_change=np.inf, random_state=seed
    )
    return model.fit(X, y).predict


def _torch(X: Any, y: Any, seed: int, epochs: int) -> Any:
    """The plain loop: shuffled batches by index, a fused Adam; alpha as in the others."""
    from itertools import pairwise

    import torch
    from torch import nn

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    sizes = (COLUMNS, *HIDDEN)
    layers = [layer for n, m in pairwise(sizes) for layer in (nn.Linear(n, m), nn.ReLU())]
    net = nn.Sequential(*layers, nn.Linear(HIDDEN[-1], 1))
    for parameter in net.parameters():  # first weights as glassnet draws them
        nn.init.kaiming_normal_(parameter) if parameter.ndim == 2 else nn.init.zeros_(parameter)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.001, weight_decay=0.0001 / BATCH, fused=True)
    rows, targets = torch.from_numpy(X), torch.from_numpy(y)[:, None]
    for _ in range(epochs):
        for batch in torch.randperm(len(rows)).split(BATCH):
            optimizer.zero_grad(set_to_none=True)
            nn.functional.mse_loss(net(rows[batch]), targets[batch]).backward()
            optimizer.step()
    return lambda new: net(torch.from_numpy(new)).detach().numpy()[:, 0]


if __name__ == "__main__":
    main()
