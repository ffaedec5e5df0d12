"""What the written code asks of the compiler beyond Python, by the names that `routines` gives the plain forms.

The plain forms would compile too. But NumPy's general `dot` and `reshape`, compiled with all that they check, would
be a third of the time that a small network takes to compile; here the writer has seen to shapes and order in memory.
"""

# mypy: disallow_untyped_calls=False

from functools import cache
from typing import Any


@cache
def intrinsics() -> dict[str, Any]:
    """{name: what compiled code calls in place of the routine of that name}."""
    from numba.core import types
    from numba.extending import intrinsic

    @intrinsic
    def widest_vectors(typing_context: Any) -> Any:
        return types.void(), _note_widest_vectors

    @intrinsic
    def product(typing_context: Any, A: Any, B: Any, C: Any) -> Any:
        return types.void(A, B, C), _call_blas

    @intrinsic
    def matrix(typing_context: Any, vector: Any, start: Any, n: Any, m: Any) -> Any:
        return vector.copy(ndim=2)(vector, types.intp, types.intp, types.intp), _view

    return {"widest_vectors": widest_vectors, "product": product, "matrix": matrix}


def _note_widest_vectors(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """A wish, noted on the function around it.

    LLVM stays at 256 bits on processors with 512, because early ones lowered their clock for them. BLAS does not, and
    measured, a step over a batch takes 0.83 to 1 of its time with them, single rows of wide layers 0.88 to 0.96.
    """
    set.add(builder.function.attributes, '"prefer-vector-width"="512"')  # its own `add` knows no such names
    return context.get_dummy_value()


def _call_blas(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    from numba.core.cgutils import unpack_tuple
    from numba.np.linalg import call_xxgemm, ensure_blas

    ensure_blas()
    operands: list[Any] = []
    for kind, value in zip(signature.args, arguments, strict=True):
        array = context.make_array(kind)(context, builder, value)
        operands += [kind, unpack_tuple(builder, array.shape), array.data]
    call_xxgemm(context, builder, *operands)
    return context.get_dummy_value()


def _view(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    from numba.core.imputils import impl_ret_borrowed
    from numba.np.arrayobj import populate_array

    kind, (vector, start, n, m) = signature.return_type, arguments
    source = context.make_array(signature.args[0])(context, builder, vector)
    view = context.make_array(kind)(context, builder)
    populate_array(
        view,
        data=builder.gep(source.data, [start]),
        shape=[n, m],
        strides=[builder.mul(m, source.itemsize), source.itemsize],
        itemsize=source.itemsize,
        meminfo=source.meminfo,
        parent=source.parent,
    )
    return impl_ret_borrowed(context, builder, kind, view._getvalue())
