"""How the cost of a step grows with width, depth, batch size and rows: python -m benchmarks.growth

Each point is timed beside its bound, which is measured in the same run: with batches the arithmetic at the rate of
sgemm, per sample the loads and stores of the weights. The results are kept, and drawn as docs/growth.svg.

--quick   a few small points, printed and not kept
--draw    draws the kept results again
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from . import machine
from .table import digits, markdown

FIGURE = Path(__file__).parent.parent / "docs" / "growth.svg"
REPETITIONS = 7
QUICK = 3  # points of each panel
INPUTS, WIDTH, BATCH = 20, 64, 256
ADAM_32 = 32  # the batch size of the panel over rows: small, so that small tables have a step too
EPOCH_FLOPS = 1e9  # an epoch is about so long, between FEWEST and MOST steps
FEWEST, MOST = 4, 200
RATE = 0.1  # per sample, divided by the width: wider networks overshoot earlier
WIDTHS = tuple(2**k for k in range(3, 11))
DEPTHS = (1, 2, 4, 8, 16)
BATCHES = tuple(2**k for k in range(1, 13))
ROWS = tuple(4**k for k in range(3, 11))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few small points, printed and not kept")
    parser.add_argument("--draw", action="store_true", help="draw the kept results again, measure nothing")
    options = parser.parse_args()
    if options.draw:
        return draw(json.loads((machine.RESULTS / "growth.json").read_text(encoding="utf-8")))
    machine.fix_threads(1)  # before NumPy is loaded
    result = {"caches": machine.cache_sizes(), "panels": measure(options.quick)}
    if options.quick:
        return print(text(result))
    machine.report("growth", result, text)
    return draw(result)


def draw(result: dict[str, Any]) -> None:
    """Write the figure, or say what is missing."""
    try:
        from .growth_figure import figure
    except ModuleNotFoundError as missing:
        raise SystemExit(f"Nothing drawn: {missing}. pip install matplotlib, then --draw") from None
    figure(result, FIGURE)
    print(f"drawn in {FIGURE}")


def panels() -> dict[str, dict[str, Any]]:
    """{what grows: what else is fixed, the unit of the horizontal axis, {its value: Work}}."""
    from .works import Work

    def adam(x: int, hidden: tuple[int, ...], batch_size: int = BATCH, steps: int | None = None) -> Any:
        work = Work((INPUTS, *hidden, 1), "adam", batch_size, steps=1)
        return Work(work.sizes, "adam", batch_size, steps=steps or _steps(work.flops))

    two = (WIDTH, WIDTH)
    grown = {
        "width": {w: adam(w, (w, w)) for w in WIDTHS},
        "depth": {d: adam(d, (WIDTH,) * d) for d in DEPTHS},
        "batch size": {b: adam(b, two, b) for b in BATCHES},
        "rows": {n: adam(n, two, ADAM_32, n // ADAM_32) for n in ROWS},
        "width, per sample": {w: Work((INPUTS, w, w, 1), steps=MOST, rate=RATE / w) for w in WIDTHS},
    }
    fixed = {
        "width": (f"{INPUTS}-w-w-1, Adam, batch {BATCH}", "neurons of each hidden layer"),
        "depth": (f"{INPUTS}-{WIDTH}-...-{WIDTH}-1, Adam, batch {BATCH}", "hidden layers"),
        "batch size": (f"{INPUTS}-{WIDTH}-{WIDTH}-1, Adam", "rows of a batch"),
        "rows": (f"{INPUTS}-{WIDTH}-{WIDTH}-1, Adam, batch {ADAM_32}", "rows of the table"),
        "width, per sample": (f"{INPUTS}-w-w-1, SGD, one row a step", "neurons of each hidden layer"),
    }
    return {name: {"fixed": fixed[name][0], "axis": fixed[name][1], "works": works} for name, works in grown.items()}


def measure(quick: bool = False) -> list[dict[str, Any]]:
    """One entry per panel, with its points."""
    result = []
    for name, panel in panels().items():
        points = list(_points(name, dict(list(panel["works"].items())[: QUICK if quick else None])))
        result.append({"name": name, "fixed": panel["fixed"], "axis": panel["axis"], "points": points})
    return result


def _points(name: str, works: dict[int, Any]) -> Iterator[dict[str, Any]]:
    from .bounds import bound_seconds, products_seconds, sgemm_flops_per_second
    from .worker import Bench

    for x, work in works.items():
        bench = Bench("glassnet")
        bench.prepare(work)
        times = [bench.time() for _ in range(REPETITIONS)]
        rate = sgemm_flops_per_second()
        point = {"x": x, "work": work.name, "steps": work.n_steps, "seconds": median(seconds for seconds, _ in times)}
        point |= {"wall_seconds": median(wall for _, wall in times), "repetitions": [seconds for seconds, _ in times]}
        point |= {"bound_seconds": bound_seconds(work, rate), "sgemm_gflops": rate / 1e9, "bytes": work_bytes(work)}
        point |= {"products_seconds": products_seconds(work)} if work.batch_size > 1 else {}
        if name == "rows":
            point["bytes"] += 4 * x * (work.sizes[0] + work.sizes[-1])
        print(f"{name} {x}: {digits(point['seconds'] * 1e6)} us, {share(point):.0%} of the bound", file=sys.stderr)
        yield point


def work_bytes(work: Any) -> int:
    """What a step reads or writes: the weights, with Adam its gradient and memory, and a batch on its way through."""
    n = work.architecture.n_parameters
    if work.batch_size == 1:
        return int(4 * n)
    neurons = work.sizes[0] + 3 * sum(work.sizes[1:-1]) + 2 * work.sizes[-1]  # activation, slope and delta
    return int(4 * (4 * n + work.batch_size * neurons))


def _steps(flops: float) -> int:
    return round(min(MOST, max(FEWEST, EPOCH_FLOPS / flops)))


def share(point: dict[str, Any]) -> float:
    return float(point["bound_seconds"] / point["seconds"])


def level(n_bytes: int, caches: dict[str, int]) -> str:
    """The nearest cache that holds so many bytes."""
    return next((name for name, size in caches.items() if n_bytes <= size), "memory") if caches else "?"


def text(result: dict[str, Any]) -> str:
    """A table per panel."""
    caches = result["caches"]
    parts = [f"Caches: {', '.join(f'{name} {size // 1024} KiB' for name, size in caches.items()) or 'not known'}."]
    for panel in result["panels"]:
        rows = []
        for p in panel["points"]:
            times = [p["seconds"], p["bound_seconds"], p.get("products_seconds", 0)]
            micro = [digits(seconds * 1e6) if seconds else "-" for seconds in times]
            rows.append([f"{p['x']}", *micro, f"{share(p):.0%}", level(p["bytes"], caches)])
        head = [panel["axis"], "us a step", "bound", "products alone", "share of the bound", "all fits into"]
        parts += [f"{panel['name'].capitalize()} ({panel['fixed']}):", markdown(head, rows)]
    return "\n\n".join(parts)


def short(result: dict[str, Any]) -> str:
    """The shares of all points, a row per panel, for the page."""
    rows = [
        [panel["name"], panel["fixed"], ", ".join(f"{p['x']}: {share(p):.0%}" for p in panel["points"])]
        for panel in result["panels"]
    ]
    return markdown(["what grows", "of", "share of the bound"], rows)


if __name__ == "__main__":
    main()
