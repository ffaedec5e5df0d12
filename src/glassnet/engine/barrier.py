"""Where threads that share the steps of one network wait for each other, in LLVM's own language.

Each adds 1 to a count that all of them see, and reads it until as many have come as should. That takes a fraction of a
microsecond; to sleep and be woken takes ten and more, as long as a phase of a step. A thread that has looked often lets
others have the processor.
"""

# mypy: disallow_untyped_calls=False

import ctypes
import sys
from functools import cache
from typing import Any

import numpy as np

from ..network.arrays import Array
from .vectors import function_of

PATIENCE = 1000  # how often a thread looks before it lets others have the processor
OVER = 1 << 62  # a count that ends all waiting


def new_barrier(n_threads: int) -> Array:
    """How many threads have come so far, how many there are, and where the function lies that lets others go first."""
    return np.array([0, n_threads, _pause()], np.int64)


def open_for_good(barrier: Array) -> None:
    """Nobody waits here any longer: one of the threads may not come."""
    barrier[0] = OVER


@cache
def _pause() -> int:
    library, name = ("kernel32", "SwitchToThread") if sys.platform == "win32" else (None, "sched_yield")
    return ctypes.cast(getattr(ctypes.CDLL(library), name), ctypes.c_void_p).value or 0


def wait_function(module: Any) -> Any:
    """The function (barrier, goal) of a module: one more has come; it returns when as many have come as the goal."""
    from llvmlite import ir

    function, builder = function_of(module, "wait_at_barrier", ir.IntType(64), "pn")
    if builder is not None:
        _write(function, builder, ir.FunctionType(ir.IntType(32), []).as_pointer())
    return function


def _write(function: Any, builder: Any, kind_of_pause: Any) -> None:
    (barrier, goal), whole = function.args, function.args[1].type
    look, again, rest, done = (function.append_basic_block(name) for name in ("look", "again", "rest", "done"))
    builder.atomic_rmw("add", barrier, whole(1), "seq_cst")
    start = builder.block
    builder.branch(look)
    builder.position_at_end(look)
    n_looks = builder.phi(whole)
    count = builder.load_atomic(barrier, "seq_cst", 8)
    builder.cbranch(builder.icmp_signed(">=", count, goal), done, again)
    builder.position_at_end(again)
    more = builder.add(n_looks, whole(1))
    builder.cbranch(builder.icmp_signed("==", builder.urem(more, whole(PATIENCE)), whole(0)), rest, look)
    builder.position_at_end(rest)
    pause = builder.inttoptr(builder.load(builder.gep(barrier, [whole(2)])), kind_of_pause)
    builder.call(pause, [])
    builder.branch(look)
    for value, block in ((whole(0), start), (more, again), (more, rest)):
        n_looks.add_incoming(value, block)
    builder.position_at_end(done)
    builder.ret_void()
