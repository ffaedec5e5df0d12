"""C = A B in LLVM's own language, for the sizes that a step meets, at which BLAS libraries reach half their rate.

A tile of C, some rows by some vectors of columns, stays in registers while k runs. Each k takes row k of B, and one
number of every row of A, spread over all lanes (the micro-kernel of Goto and van de Geijn 2008). Nothing is packed
before: the matrices of a step lie in the near caches already. Every number of C is summed up in the order of k, so a
row comes out the same in whatever company. Where the last tile would reach beyond C it takes its last row or vector
again.
"""

# mypy: disallow_untyped_calls=False

from typing import Any, NamedTuple

from .vectors import Registers, Vectors, function_of

LARGEST = 1 << 20  # bytes of B up to which a core's own caches hold it; beyond, BLAS packs it and is faster


class Operands(NamedTuple):
    """A (M, K) with its strides from row to row and along k; B (K, N) and C (M, N), row after row."""

    A: Any
    row: Any
    along: Any
    B: Any
    C: Any
    M: Any
    K: Any
    N: Any


def product_function(module: Any, number: Any, registers: Registers) -> Any:
    """The function of `Operands` in a module; N must be at least the lanes of a vector."""
    function, builder = function_of(module, "product", number, "pnnppnnn")
    if builder is not None:
        _write(Vectors(builder, number, registers), Operands(*function.args))
        builder.ret_void()
    return function


def _write(v: Vectors, given: Operands) -> None:
    """Strips of as many vectors as there is room for, then one of half as many, and so on: the binary digits of N."""
    from numba.core.cgutils import alloca_once

    builder, zero = v.builder, v.whole(0)
    sums = [[alloca_once(builder, v.kind) for _ in range(v.vectors)] for _ in range(v.rows)]
    n_vectors = builder.sdiv(builder.add(given.N, v.whole(v.lanes - 1)), v.whole(v.lanes))
    start, width = zero, v.vectors
    while width:
        stop = builder.and_(n_vectors, v.whole(-width))
        with v.loop(start, stop, width) as strip, v.loop(zero, given.M, v.rows) as i:
            _write_tile(v, given, [row[:width] for row in sums], i, builder.mul(strip, v.whole(v.lanes)))
        start, width = stop, width // 2


def _write_tile(v: Vectors, given: Operands, sums: list[list[Any]], i: Any, j: Any) -> None:
    """The rows of C from i on, and the columns from j on."""
    builder = v.builder
    last_row, last_vector = builder.sub(given.M, v.whole(1)), builder.sub(given.N, v.whole(v.lanes))
    rows = [v.smaller(builder.add(i, v.whole(r)), last_row) for r in range(len(sums))]
    columns = [builder.add(j, v.whole(c * v.lanes)) for c in range(len(sums[0]))]
    columns[-1] = v.smaller(columns[-1], last_vector)
    for pointer in (pointer for row in sums for pointer in row):
        builder.store(v.zero, pointer)
    starts = [builder.gep(given.A, [builder.mul(row, given.row)]) for row in rows]
    with v.loop(v.whole(0), given.K, 1) as k:
        row_of_B, place = builder.gep(given.B, [builder.mul(k, given.N)]), builder.mul(k, given.along)
        vectors = [v.load(builder.gep(row_of_B, [column])) for column in columns]
        for start, row_of_sums in zip(starts, sums, strict=True):
            a = v.spread(builder.load(builder.gep(start, [place])))
            for vector, pointer in zip(vectors, row_of_sums, strict=True):
                builder.store(v.multiply_add(a, vector, builder.load(pointer)), pointer)
    for row, row_of_sums in zip(rows, sums, strict=True):
        row_of_C = builder.gep(given.C, [builder.mul(row, given.N)])
        for column, pointer in zip(columns, row_of_sums, strict=True):
            v.store(builder.load(pointer), builder.gep(row_of_C, [column]))
