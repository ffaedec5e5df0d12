"""Where theta holds what, as text: numbers, unless the first layer's size is only read at run time."""

from .program import Program

WIDE_FROM = 256  # neurons of every hidden layer, from which single rows are faster with the widest vectors
Bounds = tuple[str, str, str]


def is_short(program: Program) -> bool:
    """Whether the first layer takes its columns in bins without writing the bins out (see `encoded`).

    Not for single rows, and not if single bins are switched off.
    """
    net = program.architecture
    return bool(net.bins) and 1 not in program.dropout_rates() and not program.per_sample


def is_wide(program: Program) -> bool:
    """Whether the processor's widest vectors pay: for batches, and for single rows where all layers are wide."""
    return not program.per_sample or min(program.architecture.sizes[1:-1], default=0) >= WIDE_FROM


def half_of(n: int | str) -> str:
    """Where one half of n things begins and ends, which a shared step takes."""
    return f"{n} * half // 2, {n} * (half + 1) // 2"


def title(program: Program) -> str:
    """The network by its sizes, for the title."""
    sizes = program.architecture.sizes
    return "-".join(map(str, ("bins", *sizes[1:]) if is_short(program) else sizes))


def n_inputs(program: Program) -> str:
    """n_1, the number of inputs."""
    return "n_in" if is_short(program) else str(program.architecture.sizes[0])


def n_parameters(program: Program) -> str:
    """The length of theta."""
    return "theta.shape[0]" if is_short(program) else str(program.architecture.n_parameters)


def bounds(program: Program) -> dict[int, Bounds]:
    """{layer: where in theta W^l begins, where b^l begins, where b^l ends}."""
    slices = program.architecture.slices
    if not is_short(program):
        return {layer: (str(W.start), str(b.start), str(b.stop)) for layer, (W, b) in slices.items()}
    m, first = program.architecture.sizes[1], slices[2][1].stop
    places = {2: ("0", f"n_in * {m}", f"(n_in + 1) * {m}")}
    for layer in range(3, program.architecture.n_layers + 1):
        W, b = slices[layer]
        places[layer] = (_behind(m, W.start - first), _behind(m, b.start - first), _behind(m, b.stop - first))
    return places


def _behind(m: int, distance: int) -> str:
    """A place that far behind the first layer's m biases."""
    return f"(n_in + 1) * {m}" + (f" + {distance}" if distance else "")
