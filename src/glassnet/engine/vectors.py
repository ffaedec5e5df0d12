"""Vectors of numbers in LLVM's own language, as wide as the processor's registers."""

# mypy: disallow_untyped_calls=False

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Registers:
    """How many bytes a vector has, and the rows and vectors that a tile of a product may have."""

    width: int
    rows: int
    vectors: int


KNOWN = {"avx512f": Registers(64, 6, 4), "avx2": Registers(32, 6, 2)}  # of 32 and of 16 vectors, the best first


@cache
def registers() -> Registers | None:
    """The vector registers that Numba compiles for, this processor's; None if products are better left to BLAS."""
    from llvmlite.binding import get_host_cpu_features

    chosen = os.environ.get("NUMBA_CPU_FEATURES", "" if "NUMBA_CPU_NAME" in os.environ else None)
    features = get_host_cpu_features() if chosen is None else dict.fromkeys(chosen.replace("+", "").split(","), True)
    return next((found for name, found in KNOWN.items() if features.get(name)), None)


class Vectors:
    """Writes operations on vectors of a float type with the builder of a function."""

    def __init__(self, builder: Any, number: Any, registers: Registers) -> None:
        from llvmlite import ir

        self.builder, self.number, self.whole = builder, number, ir.IntType(64)
        self.bytes = 4 if isinstance(number, ir.FloatType) else 8
        self.lanes, self.rows, self.vectors = registers.width // self.bytes, registers.rows, registers.vectors
        self.kind = ir.VectorType(number, self.lanes)
        self.zero, self.nothing = ir.Constant(self.kind, [0.0] * self.lanes), ir.Constant(self.kind, ir.Undefined)

    def load(self, pointer: Any) -> Any:
        """The vector at a pointer, wherever that is."""
        return self.builder.load(self.builder.bitcast(pointer, self.kind.as_pointer()), align=self.bytes)

    def store(self, vector: Any, pointer: Any) -> None:
        """Write a vector to a pointer, wherever that is."""
        self.builder.store(vector, self.builder.bitcast(pointer, self.kind.as_pointer()), align=self.bytes)

    def spread(self, number: Any) -> Any:
        """A number in all lanes."""
        first = self.builder.insert_element(self.nothing, number, self.whole(0))
        return self.shuffle(first, self.nothing, [0] * self.lanes)

    def shuffle(self, a: Any, b: Any, places: list[int]) -> Any:
        """Lanes picked by place from those of a, which come first, and those of b."""
        from llvmlite import ir

        return self.builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), places))

    def multiply_add(self, a: Any, b: Any, c: Any) -> Any:
        """a b + c, rounded once."""
        from llvmlite import ir
        from numba.core.cgutils import get_or_insert_function

        kind, name = ir.FunctionType(self.kind, [self.kind] * 3), f"llvm.fma.v{self.lanes}f{8 * self.bytes}"
        return self.builder.call(get_or_insert_function(self.builder.module, kind, name), [a, b, c])

    def smaller(self, a: Any, b: Any) -> Any:
        """The smaller one of two whole numbers."""
        return self.builder.select(self.builder.icmp_signed("<", a, b), a, b)

    @contextmanager
    def loop(self, start: Any, stop: Any, step: int) -> Iterator[Any]:
        """A loop over start, start + step, ... below stop."""
        from numba.core.cgutils import for_range_slice

        with for_range_slice(self.builder, start, stop, self.whole(step), self.whole) as (index, _):
            yield index


def prefer_widest(function: Any) -> None:
    """A wish, noted on the function.

    LLVM stays at 256 bits on processors with 512, because early ones lowered their clock for them. BLAS does not, and
    measured, a step over a batch takes 0.83 to 1 of its time with them, single rows of wide layers 0.88 to 0.96.
    """
    set.add(function.attributes, '"prefer-vector-width"="512"')  # its own `add` knows no such names


def function_of(module: Any, name: str, number: Any, kinds: str) -> tuple[Any, Any]:
    """A function of the module, and a builder to write it if it is new, else None.

    kinds : a letter for each argument, p for a pointer to numbers, n for a whole number
    """
    from llvmlite import ir

    name = f"{name}_{number}"
    if name in module.globals:
        return module.globals[name], None
    arguments = [number.as_pointer() if kind == "p" else ir.IntType(64) for kind in kinds]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    prefer_widest(function)
    return function, ir.IRBuilder(function.append_basic_block())
