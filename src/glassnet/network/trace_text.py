"""A trace as text for a terminal, and as a table for a page."""

import textwrap
from collections.abc import Iterator
from html import escape

import numpy as np

from .arrays import Array
from .trace import STEPS, Stage, StepTrace

WIDTH = 110
FULL = 16  # an array with more entries is shortened
EDGE = 3  # how many entries a shortened list shows at each end; a table and a row of tables show fewer
STYLE = """:root { color-scheme: light dark; font-family: sans-serif; line-height: 1.4 }
body { max-width: 80rem; margin: 2rem auto; padding: 0 1rem } table { border-collapse: collapse; width: 100% }
td, th { border-top: 1px solid #8888; padding: 0.5rem; text-align: left; vertical-align: top }
pre { overflow-x: auto; margin: 0 } td:nth-child(2) { max-width: 30rem }"""
MOST_ROWS = 4  # rows whose entries are shown with their names, one by one
MOST_LABELS = 12


def as_text(trace: StepTrace) -> str:
    """All stages, each array and each sentence where it first appears, long arrays shortened.

    Examples
    --------
    >>> from glassnet import Network
    >>> net = Network((1, 1))
    >>> net.theta[:] = [2, 1]
    >>> for line in as_text(net.trace_step([[1.0]], [[1.0]])).splitlines()[16:22]: print(line)
       Layer 2 adds up
          Z2 = A1 W2 + b2
       A neuron multiplies everything that it hears by its weights, adds it up, and adds its bias.
          W2 (1, 1)  [[2.]]
          b2 (1,)  [1.]
          Z2 (1, 1)  [[3.]]
    """
    lines, shown, said, step = _head(trace), set[str](), set[str](), 0
    for stage in trace.stages:
        if stage.step != step:
            step = stage.step
            lines += ["", f"{step}. {STEPS[step - 1]}"]
        lines += ["", f"   {stage.title}", *_wrapped(stage.equation_text, "      ")]
        lines += [] if stage.note in said else _wrapped(stage.note, "   ")
        said.add(stage.note)
        for name, array in _new_arrays(stage, shown):
            lines += _entry(name, array, trace.labels.get(name, ()))
        shown |= {*stage.inputs, *stage.outputs}
    return "\n".join([*lines, "", *_wrapped(_last_line(trace), "")])


def as_html(trace: StepTrace) -> str:
    """The same as an HTML table with a row for every stage; all texts are escaped."""
    facts = "".join(f"<li>{escape(name)}: {escape(str(value))}</li>" for name, value in trace.facts.items())
    head = f"<h2>One update, stage by stage</h2><ul>{facts}</ul>"
    head += "".join(f"<p>{escape(remark)}</p>" for remark in trace.remarks)
    rows, shown = [], set[str]()
    for stage in trace.stages:
        where = f"{stage.step}. {STEPS[stage.step - 1]}"
        arrays = "\n".join(
            line
            for name, array in _new_arrays(stage, shown)
            for line in _entry(name, array, trace.labels.get(name, ()))
        )
        shown |= {*stage.inputs, *stage.outputs}
        rows.append(
            f"<tr><td>{escape(where)}</td><td><b>{escape(stage.title)}</b><br>"
            f"<code>{escape(stage.equation_text)}</code><br>{escape(stage.note)}</td>"
            f"<td><pre>{escape(textwrap.dedent(arrays))}</pre></td></tr>"
        )
    titles = "".join(f"<th>{title}</th>" for title in ("Step", "Stage", "Numbers"))
    body = "\n".join(rows)
    return (
        f'<div class="glassnet-trace">{head}\n<table><thead><tr>{titles}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table><p>{escape(_last_line(trace))}</p></div>"
    )


def as_page(trace: StepTrace) -> str:
    """The table as a page of its own."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>One update, stage by stage</title>\n'
        f"<style>{STYLE}</style></head>\n<body>\n{as_html(trace)}\n</body></html>\n"
    )


def _head(trace: StepTrace) -> list[str]:
    width = max(map(len, trace.facts), default=0)
    facts = [line for name, value in trace.facts.items() for line in _wrapped(f"{name:<{width}}  {value}", "   ")]
    remarks = [line for remark in trace.remarks for line in _wrapped(f"! {remark}", "")]
    return ["One update, stage by stage", *facts, *remarks]


def _last_line(trace: StepTrace) -> str:
    return f"The objective of these rows: {trace.loss_before:.6g} before the step, {trace.loss_after:.6g} after it."


def _new_arrays(stage: Stage, shown: set[str]) -> Iterator[tuple[str, Array]]:
    """What the reader has not seen yet, in the order in which it is needed."""
    if stage.id == "penalty" and not (stage.inputs["alpha"] or stage.inputs["l1"]):
        return  # nothing is added
    for name, array in {**stage.inputs, **stage.outputs}.items():
        if stage.id == "encode" and name not in ("columns", *stage.outputs):
            continue  # the columns once more, as they are read
        is_old = stage.id == "update" and f"{name}_new" in stage.outputs
        if name.startswith("outer") and len(array) == 1:
            continue  # one row: its table is the gradient
        if name not in shown or name in stage.outputs or is_old:
            yield name, array


def _entry(name: str, array: Array, labels: tuple[str, ...]) -> list[str]:
    """`      W2 (2, 3)  [[0.5 ...` or, with names for its columns, `age = 59, ...`."""
    if labels and array.ndim == 2 and len(array) <= MOST_ROWS:
        lines = []
        for row in array:
            shown = [f"{_short(label)} = {_short(value)}" for label, value in zip(labels, row, strict=True)][
                :MOST_LABELS
            ]
            rest = len(labels) - len(shown)
            text = ", ".join(shown) + (f", and {rest} more" if rest else "")
            lines += textwrap.wrap(f"{name}: {text}", WIDTH, initial_indent="      ", subsequent_indent="         ")
        return lines
    shape = "" if array.ndim == 0 else f" {array.shape}"
    head = f"      {name}{shape}  "
    is_column = array.ndim == 2 and array.shape[1] == 1 and len(array) > 1
    text = _numbers(array[:, 0]) + "^T" if is_column else _numbers(array)
    return [line for line in (head + text.replace("\n", "\n" + " " * len(head))).splitlines() if line.strip()]


def _numbers(array: Array) -> str:
    """The entries, few of a long array."""
    if array.ndim == 0:
        return _short(array.item())
    if array.dtype.kind not in "biuf":
        array = np.array([_short(value) for value in array.ravel().tolist()], dtype=object).reshape(array.shape)
    array = array + 0.0 if array.dtype.kind == "f" else array  # -0.0 becomes 0.0
    with np.printoptions(precision=5, threshold=FULL, edgeitems=max(EDGE - array.ndim + 1, 1), linewidth=WIDTH - 20):
        return np.array2string(array, formatter={"object": str})


def _short(value: object) -> str:
    """A value for a reader: five digits of a number, `missing` for a gap, control characters written out."""
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return "missing"
    if isinstance(value, float | np.floating):
        return f"{value:.5g}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value))


def _wrapped(text: str, indent: str) -> list[str]:
    visible = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return textwrap.wrap(visible, WIDTH, initial_indent=indent, subsequent_indent=indent)
