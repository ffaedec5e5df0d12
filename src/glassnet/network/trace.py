"""One update with every number in it: what `trace_step` returns (T15)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError, nearest
from .arrays import Array

STEPS = ("Input", "Feed forward", "Output error", "Backpropagate", "Gradient", "Gradient step")  # the tutorial's six


@dataclass(frozen=True)
class Stage:
    """One formula of an update, with the arrays that went in and came out.

    id : "aggregate", "activate", "delta_hidden", ...; together with the layer it names the stage.
    step : which of the tutorial's six steps the stage belongs to, 1, ..., 6.
    layer : 1, ..., L, or None for a stage of the whole network.
    equation_tex, equation_text : the formula, for a page and for a terminal.
    code : the same in NumPy, with the names of the arrays.
    note : the formula in words.
    inputs, outputs : arrays by name; a name means the same array in all stages.
    """

    id: str
    step: int
    layer: int | None
    title: str
    equation_tex: str
    equation_text: str
    code: str
    note: str
    inputs: Mapping[str, Array]
    outputs: Mapping[str, Array]

    def __post_init__(self) -> None:
        """Nobody writes to what is shown."""
        for array in (*self.inputs.values(), *self.outputs.values()):
            array.flags.writeable = False

    @property
    def output(self) -> Array:
        """What the formula ends in: the last of the outputs."""
        return list(self.outputs.values())[-1]


@dataclass(frozen=True)
class StepTrace:
    """An update on paper: nothing has changed until `commit`.

    stages : in the order in which they are computed.
    facts : what was traced, by name: the network, its optimizer, the learning rate, ...
    remarks : what the reader should know besides.
    labels : {name of an array: names of its columns}, where they have some.
    apply : what `commit` calls; None for a trace that was read from a file.

    Examples
    --------
    >>> from glassnet import Network
    >>> net = Network((1, 1, 1), random_state=0)
    >>> net.theta[:] = [2, 1, 3, 0]
    >>> trace = net.trace_step([[1.0]], [[10.0]], learning_rate=0.1)
    >>> [stage.id for stage in trace.stages][:5]
    ['input', 'aggregate', 'activate', 'aggregate', 'activate']
    >>> trace.stage("delta_hidden", 2).output  # 1 * 3 * (9 - 10)
    array([[-3.]])
    >>> trace.arrays["W2_new"], trace.loss_before
    (array([[2.3]]), 0.5)
    >>> trace.commit()
    >>> net.theta
    array([2.3, 1.3, 3.3, 0.1])
    """

    stages: tuple[Stage, ...]
    facts: Mapping[str, str | int | float]
    remarks: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apply: Callable[[], None] | None = field(default=None, compare=False, repr=False)

    def stage(self, id: str, layer: int | None = None) -> Stage:
        """The stage of that name and layer.

        Raises
        ------
        InputError
            If there is none.
        """
        for stage in self.stages:
            if (stage.id, stage.layer) == (id, layer):
                return stage
        known = {stage.id for stage in self.stages}
        layers = [stage.layer for stage in self.stages if stage.id == id]
        hint = f"It has the layers {layers}." if layers else nearest(id, known)
        raise InputError(f"the trace has no stage {id!r} of layer {layer}. {hint}".rstrip(), error_id="E240")

    @property
    def arrays(self) -> dict[str, Array]:
        """Every array of the trace by its name."""
        return {name: a for stage in self.stages for part in (stage.inputs, stage.outputs) for name, a in part.items()}

    @property
    def loss_before(self) -> float:
        """The objective J of these rows (eq. 3), without dropout, before the step."""
        return float(self.arrays["J_before"])

    @property
    def loss_after(self) -> float:
        """The same after the step."""
        return float(self.arrays["J_after"])

    @property
    def prediction_before(self) -> Array:
        """What the network predicts for these rows before the step, without dropout; in units where there are any."""
        return self._prediction("before")

    @property
    def prediction_after(self) -> Array:
        """The same after the step."""
        return self._prediction("after")

    def _prediction(self, when: str) -> Array:
        arrays = self.arrays
        return arrays.get(f"prediction_{when}", arrays[f"output_{when}"])

    def commit(self) -> None:
        """Take the step: the network gets the new weights, and its optimizer what it will remember.

        Raises
        ------
        InputError
            If the step was taken already, the weights have changed since, or the trace was read from a file.
        """
        if self.apply is None:
            raise InputError(
                "this trace was read from a file and belongs to no network. Call trace_step on the model to have one "
                "that can be committed.",
                error_id="E241",
            )
        self.apply()

    def to_json(self) -> str:
        """The trace as JSON with a version, for `from_json`; a reader finds the format in `trace_json`."""
        from .trace_json import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "StepTrace":
        """The trace that `to_json` wrote, to the bit; it belongs to no network and cannot be committed.

        Raises
        ------
        InputError
            If the text is no trace, or one of a newer version.
        """
        from .trace_json import from_json

        return from_json(text)

    def to_numpy_code(self) -> str:
        """A script that computes every number of the trace anew, with NumPy alone, under the same names."""
        from .trace_code import script

        return script(self)

    def to_html(self) -> str:
        """A page with a table of all stages; it asks for nothing from outside."""
        from .trace_text import as_page

        return as_page(self)

    def __str__(self) -> str:
        from .trace_text import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from .trace_text import as_html

        return as_html(self)


def stale(why: str) -> InputError:
    """The error of a trace whose step cannot be taken (any more)."""
    return InputError(
        f"this step cannot be committed: {why}. Call trace_step again to see the step from the weights as they are.",
        error_id="E242",
    )


class Once:
    """Calls a function that takes the step the first time, and refuses to do it again."""

    def __init__(self, take: Callable[..., None], *arguments: Any) -> None:
        self.take, self.arguments, self.is_done = take, arguments, False

    def __call__(self) -> None:
        """Take the step.

        Raises
        ------
        InputError
            If it was taken already.
        """
        if self.is_done:
            raise stale("it was committed before")
        self.take(*self.arguments)
        self.is_done = True
