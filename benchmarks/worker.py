"""A process for each library, so that none disturbs another; they are timed in turns, never at once."""

import math
import time
import traceback
import warnings
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from .ensembles import Ensemble
from .works import Work

SECONDS = 0.1  # one repetition lasts at least this long, if an epoch is shorter


class Worker:
    """The library's process, seen from outside. Start all of one run under the same threads (machine.fix_threads)."""

    def __init__(self, library: str) -> None:
        context = get_context("spawn")
        self.library = library
        self.ours, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(library, theirs), daemon=True)
        self.process.start()

    def ask(self, command: str, *arguments: Any) -> Any:
        """The answer; RuntimeError with the traceback if there is none."""
        self.ours.send((command, *arguments))
        done, answer = self.ours.recv()
        if not done:
            raise RuntimeError(f"{self.library}: {answer}")
        return answer

    def close(self) -> None:
        self.ours.close()
        self.process.join()


def _serve(library: str, commands: Connection) -> None:
    warnings.simplefilter("ignore")
    bench = Bench(library)
    while True:
        try:
            command, *arguments = commands.recv()
        except EOFError:
            return
        try:
            commands.send((True, getattr(bench, command)(*arguments)))
        except Exception:
            commands.send((False, traceback.format_exc()))


class Bench:
    """What a worker can be asked; also of use without a process of its own."""

    def __init__(self, library: str) -> None:
        self.library = library

    def check(self, work: Work | Ensemble) -> Any:
        """theta after one epoch of `work.to_check()`; a string says why the library cannot do the work."""
        from .libraries import Skip, prepare

        work = work.to_check()
        try:
            trainer = prepare(self.library, work, work.data())
        except Skip as reason:
            return str(reason)
        trainer.reset()
        trainer.epoch()
        return trainer.theta()

    def prepare(self, work: Work | Ensemble) -> dict[str, Any]:
        """Compile and warm up; seconds of compiling, or why the library cannot do the work."""
        from .libraries import Skip, prepare

        try:
            self.work, self.trainer = work, prepare(self.library, work, work.data())
        except Skip as reason:
            return {"skipped": str(reason)}
        self.epochs = max(1, math.ceil(SECONDS / max(self._seconds(1)[1], 1e-6)))
        return {"compile_seconds": self.trainer.compile_seconds}

    def time(self) -> tuple[float, float]:
        """Seconds of one step, by the processor's clock and by the wall's; a repetition starts from the first weights.

        The processor's clock stands still while others use the processor. On an idle machine the two agree.
        """
        processor, wall = self._seconds(self.epochs)
        n_steps = self.epochs * self.work.n_steps
        return processor / n_steps, wall / n_steps

    def _seconds(self, epochs: int) -> tuple[float, float]:
        self.trainer.reset()
        begin = time.process_time(), time.perf_counter()
        for _ in range(epochs):
            self.trainer.epoch()
        return time.process_time() - begin[0], time.perf_counter() - begin[1]
