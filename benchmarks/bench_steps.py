"""The same steps as `python -m benchmarks.steps`, through pytest-benchmark: make bench ARGS="-k adam"

For comparing two versions of glassnet with pytest-benchmark's --benchmark-compare. For a table with ratios take
`python -m benchmarks.steps`, where the libraries have processes of their own and take turns.
"""

import pytest

from . import machine

machine.fix_threads(1)  # before NumPy is loaded

from .libraries import LIBRARIES, Skip, how_to_get, is_installed, prepare  # noqa: E402
from .steps import TOLERANCE, US  # noqa: E402
from .works import WORKS, data_for  # noqa: E402


def _answer(library, work):
    trainer = prepare(library, work, data_for(work))
    trainer.reset()
    trainer.epoch()
    return trainer.theta()


@pytest.mark.filterwarnings("ignore")  # the peers' own
@pytest.mark.parametrize(
    "library", [pytest.param(name, marks=() if name == US else pytest.mark.peer) for name in LIBRARIES]
)
@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name.replace(", ", "_").replace(" ", "-"))
def test_steps(benchmark, work, library):
    import numpy as np

    if not is_installed(library):
        pytest.skip(how_to_get(library))
    try:
        ours, theirs = _answer(US, work.to_check()), _answer(library, work.to_check())
        trainer = prepare(library, work, data_for(work))
    except Skip as reason:
        pytest.skip(str(reason))
    way = np.linalg.norm(ours - data_for(work.to_check()).theta)
    assert np.linalg.norm(theirs - ours) <= TOLERANCE[work.optimizer] * way
    benchmark.group = work.name
    benchmark.extra_info |= {"steps": work.n_steps, "compile_seconds": trainer.compile_seconds}
    benchmark.pedantic(trainer.epoch, setup=trainer.reset, rounds=7, warmup_rounds=1)
