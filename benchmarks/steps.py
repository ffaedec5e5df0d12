"""Whole training steps, glassnet beside other libraries: python -m benchmarks.steps

The answers are compared before anything is timed. Every library has a process of its own; they are timed in turns, so
that a busy moment of the machine hits all of them. A missing library is named and left out. A whole table is also kept
as JSON.
"""

import argparse
import sys
import time
from statistics import median
from typing import Any

from . import machine
from .table import digits, markdown

# How far another library may end from us, as a part of the way that theta went. Measured: up to 4e-6, with sigmoids up
# to 2e-5, with Adam up to 1e-3. A learning rate off by 1 % ends 1e-2 away, one row in the wrong batch 6e-2, and
# beta_2 = 0.99 instead of 0.999 4e-3.
TOLERANCE = {"sgd": 5e-5, "momentum": 5e-5, "adam": 3e-3}
US = "glassnet"
REST = 0.3  # seconds before a turn: threads of the library before look for work for a while before they sleep


def main() -> None:
    options = _options()
    machine.fix_threads(options.threads)  # before NumPy is loaded, so the imports below come late
    from .bounds import bound_seconds, sgemm_flops_per_second
    from .libraries import LIBRARIES, how_to_get, is_installed
    from .worker import Worker
    from .works import chosen

    asked = [name for name in LIBRARIES if options.libraries is None or name in (US, *options.libraries.split(","))]
    workers = [Worker(name) for name in asked if is_installed(name)]
    lines = []
    for work in chosen(options.only):
        if options.threads > 1 and work.batch_size == 1:  # nobody shares a step on one row
            continue
        line: dict[str, Any] = {"work": work.name, "libraries": measure(workers, work, options)}
        rate = sgemm_flops_per_second()
        line |= {"sgemm_gflops": rate / 1e9, "bound_seconds": bound_seconds(work, rate)}
        line["bound"] = "loads and stores" if work.batch_size == 1 else "sgemm"
        lines.append(line)
        print(f"{work.name}: {_short(line)}", file=sys.stderr, flush=True)
    for worker in workers:
        worker.close()
    result = {"threads": options.threads, "repetitions": options.repetitions, "lines": lines}
    result |= {"libraries": [worker.library for worker in workers]}
    result |= {"not_installed": [how_to_get(name) for name in asked if not is_installed(name)]}
    if options.only or options.libraries:
        print(text(result))
    else:
        name = "steps" if options.threads == 1 else f"steps_{options.threads}_threads"
        machine.report(options.keep_as or name, result, text)


def measure(workers: list[Any], work: Any, options: argparse.Namespace) -> dict[str, Any]:
    """{library: {seconds of a step, of compiling, distance of its answer from ours}}, or the reason to skip it.

    With one thread the seconds are those of the processor's clock, with more those of the wall's.
    """
    results, able = compare(workers, work), []
    for worker in workers:
        result = results[worker.library]
        if "skipped" not in result:
            result |= worker.ask("prepare", work)
        if "skipped" not in result:
            able.append(worker)
    times: dict[str, list[tuple[float, float]]] = {worker.library: [] for worker in able}
    for _ in range(options.repetitions):
        for worker in able:
            time.sleep(REST)
            times[worker.library].append(worker.ask("time"))
    for name, pairs in times.items():
        processor, wall = zip(*pairs, strict=True)
        results[name] |= {"seconds": median(processor if options.threads == 1 else wall), "wall_seconds": median(wall)}
        results[name] |= {"repetitions": processor, "ratio": results[name]["seconds"] / results[US]["seconds"]}
    return results


def compare(workers: list[Any], work: Any) -> dict[str, dict[str, Any]]:
    """How far each library's theta ends from ours, as a part of the way that theta went; too far ends the run."""
    import numpy as np

    answers = {worker.library: worker.ask("check", work) for worker in workers}
    way = np.linalg.norm(answers[US] - work.to_check().data().theta)
    results: dict[str, dict[str, Any]] = {}
    for name, theta in answers.items():
        if isinstance(theta, str):
            results[name] = {"skipped": theta}
            continue
        distance = float(np.linalg.norm(theta - answers[US]) / way)
        if not distance <= TOLERANCE[work.optimizer]:
            raise SystemExit(f"{work.name}: {name} ends at another theta than {US}, off by {distance:.1e} of the way.")
        results[name] = {"distance": distance}
    return results


def text(result: dict[str, Any]) -> str:
    """Three tables: a step's microseconds with the ratios, what compiling took, and how far the answers lie apart."""
    lines, peers = result["lines"], [name for name in result["libraries"] if name != US]
    compiling = [
        [line["work"], *(_cell(line, name, "compile_seconds", digits) for name in (US, *peers))] for line in lines
    ]
    distances = [[line["work"], *(_cell(line, name, "distance", "{:.0e}".format) for name in peers)] for line in lines]
    return "\n\n".join(
        [
            times(result),
            "Seconds of compiling before the first step:",
            markdown(["work", US, *peers], compiling),
            "Distance of theta from ours after the checked steps, as a part of the way that theta went:",
            markdown(["work", *peers], distances),
        ]
    )


def times(result: dict[str, Any]) -> str:
    """The table of the times; how near they come to the bound, which is that of one thread, if there was only one."""
    lines, libraries, is_alone = result["lines"], result["libraries"], result["threads"] == 1
    settings = f"Threads: {result['threads']}. Median of {result['repetitions']}."
    rows = [[line["work"], *(_times(line, name) for name in libraries)] for line in lines]
    shares = [[f"{_share(line):.0%} of {line['bound']}"] if is_alone else [] for line in lines]
    return "\n\n".join(
        [
            " ".join([settings, *(f"{reason}." for reason in [*result["not_installed"], *reasons(lines)])]),
            "Microseconds of a step, and in brackets how many times ours that is:",
            markdown(
                ["work", *libraries, *(["share of the bound"] if is_alone else [])],
                [row + share for row, share in zip(rows, shares, strict=True)],
            ),
        ]
    )


def reasons(lines: list[dict[str, Any]]) -> list[str]:
    """Why there is a "-" somewhere, each reason once."""
    return list(dict.fromkeys(e["skipped"] for line in lines for e in line["libraries"].values() if "skipped" in e))


def _times(line: dict[str, Any], name: str) -> str:
    entry = line["libraries"][name]
    if "seconds" not in entry:
        return "-"
    text = digits(entry["seconds"] * 1e6)
    return text if name == US else f"{text} ({digits(entry['ratio'], 2)})"


def _cell(line: dict[str, Any], name: str, key: str, form: Any) -> str:
    entry = line["libraries"][name]
    return form(entry[key]) if key in entry else "-"


def _share(line: dict[str, Any]) -> float:
    share: float = line["bound_seconds"] / line["libraries"][US]["seconds"]
    return share


def _short(line: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_times(line, name)}" for name in line["libraries"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="only works whose name contains this text, such as 'adam'")
    parser.add_argument("--libraries", help="only these beside glassnet, separated by commas")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--keep-as", metavar="NAME", help="the name of the file in results/, such as steps_elsewhere")
    return parser.parse_args()


if __name__ == "__main__":
    main()
