"""Many networks at once, as an ensemble or a search trains them: python -m benchmarks.members

K members of 20-64-64-1, each with its own first weights and order, learn from the same 1000 rows. All processors are
used. The members of every library, and those that glassnet trained one by one, are compared before anything is timed.
"""

import argparse
import os
import sys
from typing import Any

from . import machine
from .steps import measure, reasons
from .table import digits, markdown

US = "glassnet"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, help="only this number of members; printed, not kept")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repetitions", type=int, default=7)
    options = parser.parse_args()
    machine.fix_threads(options.threads)  # before NumPy is loaded, so the imports below come late
    from .ensembles import ENSEMBLES, Ensemble

    result = run(ENSEMBLES if options.members is None else (Ensemble(options.members),), options)
    if options.members is None:
        machine.report("members", result, text)
    else:
        print(text(result))


def run(ensembles: Any, options: argparse.Namespace) -> dict[str, Any]:
    from .bounds import sgemm_flops_per_second
    from .libraries import MEMBERS, how_to_get, is_installed
    from .worker import Worker

    workers = [Worker(name) for name in MEMBERS if is_installed(name)]
    lines = []
    for ensemble in ensembles:
        line: dict[str, Any] = {"work": ensemble.name, "libraries": measure(workers, ensemble, options)}
        # by the processor's clock, so of one thread
        line["bound_seconds"] = ensemble.mean_flops / sgemm_flops_per_second() / options.threads
        lines.append(line)
        print(ensemble.name, file=sys.stderr, flush=True)
    for worker in workers:
        worker.close()
    result = {"threads": options.threads, "repetitions": options.repetitions, "lines": lines}
    result |= {"libraries": [worker.library for worker in workers]}
    return result | {"not_installed": [how_to_get(name) for name in MEMBERS if not is_installed(name)]}


def text(result: dict[str, Any]) -> str:
    """Two tables: what a step of a member takes, and what compiling took and how far the answers lie apart."""
    lines, names = result["lines"], result["libraries"]
    times, rest = [], []
    for line in lines:
        entries = line["libraries"]
        share = f"{line['bound_seconds'] / entries[US]['seconds']:.0%}"
        times.append([line["work"], *(_time(entries[name], name) for name in names), share])
        rest.append([line["work"], *(_compiling(entries[name], name) for name in names)])
    settings = f"Threads: {result['threads']}. Median of {result['repetitions']}."
    return "\n\n".join(
        [
            " ".join([settings, *(f"{reason}." for reason in [*result["not_installed"], *reasons(lines)])]),
            "Microseconds of the wall's clock for one step of one member, and in brackets how many times ours that is:",
            markdown(["work", *names, "share of sgemm"], times),
            "Seconds of compiling, and the distance of all theta from ours as a part of the way that they went:",
            markdown(["work", *names], rest),
        ]
    )


def _time(entry: dict[str, Any], name: str) -> str:
    if "seconds" not in entry:
        return "-"
    micro = digits(entry["seconds"] * 1e6)
    return micro if name == US else f"{micro} ({digits(entry['ratio'], 2)})"


def _compiling(entry: dict[str, Any], name: str) -> str:
    if "seconds" not in entry:
        return "-"
    return digits(entry["compile_seconds"]) + ("" if name == US else f" ({entry['distance']:.0e})")


if __name__ == "__main__":
    main()
