"""T = W^T in LLVM's own language: squares of as many rows as a vector has lanes, turned in the registers."""

# mypy: disallow_untyped_calls=False

from typing import Any

from .vectors import Registers, Vectors, function_of


def transpose_function(module: Any, number: Any, registers: Registers) -> Any:
    """The function (W, T, n, m) of a module, with W (n, m) and T (m, n), both at least as large as a square."""
    function, builder = function_of(module, "transpose", number, "ppnn")
    if builder is not None:
        _write(Vectors(builder, number, registers), *function.args)
        builder.ret_void()
    return function


def _write(v: Vectors, W: Any, T: Any, n: Any, m: Any) -> None:
    """Square after square; the last ones begin early enough to be whole."""
    builder, zero = v.builder, v.whole(0)
    last_i, last_j = (builder.sub(size, v.whole(v.lanes)) for size in (n, m))
    with v.loop(zero, n, v.lanes) as i, v.loop(zero, m, v.lanes) as j:
        i, j = v.smaller(i, last_i), v.smaller(j, last_j)
        turned = _turned(v, [v.load(pointer) for pointer in _rows(v, W, i, j, m)])
        for row, pointer in zip(turned, _rows(v, T, j, i, n), strict=True):
            v.store(row, pointer)


def _rows(v: Vectors, matrix: Any, i: Any, j: Any, width: Any) -> list[Any]:
    """Pointers to the rows of the square at row i and column j."""
    builder = v.builder
    places = [builder.add(builder.mul(builder.add(i, v.whole(r)), width), j) for r in range(v.lanes)]
    return [builder.gep(matrix, [place]) for place in places]


def _turned(v: Vectors, rows: list[Any]) -> list[Any]:
    """The transpose of a square (Eklundh 1972): halves change places across the diagonal, then quarters, and so on."""
    n, half = len(rows), len(rows) // 2
    while half:
        upper = [lane - half + n if lane & half else lane for lane in range(n)]  # of a pair of rows, half lanes apart
        lower = [lane + n if lane & half else lane + half for lane in range(n)]
        pairs = [(rows[r & ~half], rows[r | half], lower if r & half else upper) for r in range(n)]
        rows = [v.shuffle(*pair) for pair in pairs]
        half //= 2
    return rows
