"""What the written code asks of the compiler beyond Python, by the names that `routines` gives the plain forms.

The plain forms would compile too. But NumPy's general `dot` and `reshape`, compiled with all that they check, would
be a third of the time that a small network takes to compile; here the writer has seen to shapes and order in memory.
"""

# mypy: disallow_untyped_calls=False

from functools import cache, partial
from itertools import chain
from typing import Any

from .barrier import wait_function
from .products import LARGEST, product_function
from .transposes import transpose_function
from .vectors import Registers, prefer_widest, registers


@cache
def by_name() -> dict[str, Any]:
    """{name: what compiled code calls in place of the routine of that name}."""
    from numba.core import types
    from numba.extending import intrinsic

    found = registers()

    @intrinsic
    def widest_vectors(typing_context: Any) -> Any:
        return types.void(), _note_widest_vectors

    @intrinsic
    def product(typing_context: Any, A: Any, B: Any, C: Any) -> Any:
        return types.void(A, B, C), partial(_multiply, found) if found else _call_blas

    @intrinsic
    def matrix(typing_context: Any, vector: Any, start: Any, n: Any, m: Any) -> Any:
        return vector.copy(ndim=2)(vector, types.intp, types.intp, types.intp), _view

    @intrinsic
    def part(typing_context: Any, vector: Any, start: Any, n: Any) -> Any:
        return vector(vector, types.intp, types.intp), _view

    @intrinsic
    def wait_at(typing_context: Any, barrier: Any, goal: Any) -> Any:
        return types.void(barrier, types.intp), _wait

    always = {"widest_vectors": widest_vectors, "product": product, "part": part, "matrix": matrix}
    always |= {"wait_at": wait_at}
    if found is None:
        return always

    @intrinsic
    def transpose(typing_context: Any, W: Any, T: Any) -> Any:
        return types.void(W, T), partial(_transpose, found)

    return always | {"transpose": transpose}


def _note_widest_vectors(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    prefer_widest(builder.function)
    return context.get_dummy_value()


def _call_blas(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    from numba.np.linalg import call_xxgemm, ensure_blas

    ensure_blas()
    matrices = _matrices(context, builder, signature, arguments)
    parts = [(kind, shape, data) for kind, (data, shape) in zip(signature.args, matrices, strict=True)]
    call_xxgemm(context, builder, *chain(*parts))
    return context.get_dummy_value()


def _multiply(found: Registers, context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """By the tiles of `products` where a vector fits into a row of C and the near caches hold B, else by BLAS."""
    (A, (M, K)), (B, (_, N)), (C, _) = _matrices(context, builder, signature, arguments)
    kind, whole = signature.args[0], N.type
    size, strides = kind.dtype.bitwidth // 8, (K, whole(1)) if kind.layout == "C" else (whole(1), M)
    is_wide = builder.icmp_signed(">=", N, whole(found.width // size))
    is_near = builder.icmp_signed("<=", builder.mul(K, N), whole(LARGEST // size))
    with builder.if_else(builder.and_(is_wide, is_near)) as (then, otherwise):
        with then:
            function = product_function(builder.module, context.get_value_type(kind.dtype), found)
            builder.call(function, [A, *strides, B, C, M, K, N])
        with otherwise:
            _call_blas(context, builder, signature, arguments)
    return context.get_dummy_value()


def _transpose(found: Registers, context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    (W, (n, m)), (T, _) = _matrices(context, builder, signature, arguments)
    function = transpose_function(builder.module, context.get_value_type(signature.args[0].dtype), found)
    builder.call(function, [W, T, n, m])
    return context.get_dummy_value()


def _wait(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    barrier = context.make_array(signature.args[0])(context, builder, arguments[0])
    builder.call(wait_function(builder.module), [barrier.data, arguments[1]])
    return context.get_dummy_value()


def _matrices(context: Any, builder: Any, signature: Any, arguments: Any) -> list[tuple[Any, list[Any]]]:
    """(pointer to the numbers, sizes) of every matrix."""
    from numba.core.cgutils import unpack_tuple

    arrays = [context.make_array(kind)(context, builder, a) for kind, a in zip(signature.args, arguments, strict=True)]
    return [(array.data, unpack_tuple(builder, array.shape)) for array in arrays]


def _view(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    from numba.core.imputils import impl_ret_borrowed
    from numba.np.arrayobj import populate_array

    kind, (vector, start, *shape) = signature.return_type, arguments
    source = context.make_array(signature.args[0])(context, builder, vector)
    view = context.make_array(kind)(context, builder)
    populate_array(
        view,
        data=builder.gep(source.data, [start]),
        shape=shape,
        strides=[*(builder.mul(m, source.itemsize) for m in shape[1:]), source.itemsize],
        itemsize=source.itemsize,
        meminfo=source.meminfo,
        parent=source.parent,
    )
    return impl_ret_borrowed(context, builder, kind, view._getvalue())
