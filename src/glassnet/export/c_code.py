"""Writes a scorer in C99: one file, no allocation, no library but the standard one with math.h.

The numbers of the model are written here; the code around them is `scorer.c` (cells to predictions) and `scorer_main.c`
(a program that scores a CSV), which are copied.
"""

import re
from importlib.resources import files
from typing import Any

import numpy as np

from .. import __version__
from ..network.arrays import Array
from ..table.numbers import BOUND, LARGEST
from .c_activations import c_name, functions
from .c_interval import BEGIN, END, SEARCH, SPREADS, residuals, spreads
from .c_text import array, csv_field, numbers, structs, text
from .scorer import Column, Cycle, Feature, Lookup, Member, Number, Scorer
from .self_test import Trial

STRUCTS = """
enum kind { UNUSED, NUMBER, BOOLEAN, DATE, CATEGORY };

struct column { const char *name; int kind; const char *form; int n_levels; const char *const *levels;
                const double *numbers; };
struct number { int column, input, gap_input, fills, clips; double first, median, size, low, high; };
struct cycle { int column, input; char what; };
struct lookup { int column, input, width, n_levels; const real *rows; };
struct curve { int input, n_bins; const real *edges, *heights; };
struct layer { int n_in, n_out; const real *W, *b; void (*activate)(real *restrict, int); };
struct member { int n_numbers; const struct number *numbers; int n_cycles; const struct cycle *cycles; int n_lookups;
                const struct lookup *lookups; int n_curves; const struct curve *curves; const struct layer *layers;
                const double *shift, *size; };
"""

ANSWERS = {
    "numbers": "",
    "labels": "",
    "two classes": "prediction[1] = prediction[0];\n    prediction[0] = 1 - prediction[1];",
    "classes": "for (j = 0; j < N_RAW; j++) prediction[j] /= total;",
    "quantiles": "for (j = 0; j < N_RAW; j += @N_QUANTILES@) sort_quantiles(prediction + j);",
    "interval": """for (j = 0; j < N_RAW; j++) {
        const double lower = -upper_end(raw, j, -1), upper = upper_end(raw, j, 1);
        const double middle = lower + (upper - lower) / 2; /* where ends would cross, both are there */
        const double factor = narrowing[j], rest = (1 - factor) * prediction[j];
        prediction[N_RAW + 2 * j] = factor * fmin(lower, middle) + rest;
        prediction[N_RAW + 2 * j + 1] = factor * fmax(upper, middle) + rest;
    }""",
}
QUANTILES = """/* A larger quantile is never below a smaller one. */
static void sort_quantiles(double *q)
{
    static const int ranks[] = {@RANKS@};
    enum { N = sizeof ranks / sizeof *ranks };
    double rising[N];
    int k, i;
    for (k = 0; k < N; k++) {
        for (i = k; i > 0 && rising[i - 1] > q[k]; i--) rising[i] = rising[i - 1];
        rising[i] = q[k];
    }
    for (k = 0; k < N; k++) q[k] = rising[ranks[k]];
}

"""
LABELS = {
    "numbers": "",
    "labels": """for (k = 0; k < GLASSNET_OUTPUTS; k++) printf("%s%d", k > 0 ? "," : "", prediction[k] > 0.5);""",
    "classes": """int best = 0;
    for (k = 1; k < GLASSNET_OUTPUTS; k++) best = prediction[k] > prediction[best] ? k : best;
    printf("%s", classes[best]);""",
}


def c_code(scorer: Scorer, trial: Trial) -> str:
    """The text of the C file.

    Raises
    ------
    SettingError
        If a text of the model cannot stand in a C file.
    """
    activations = {layer.activation for member in scorer.members for layer in member.layers}
    return "".join(
        [
            _head(scorer),
            functions(activations, scorer.dtype),
            "\n/* ---- The numbers of the model ---- */\n\n",
            _columns(scorer.columns),
            *(_member(f"m{k}", member, scorer.dtype) for k, member in enumerate(scorer.members)),
            array("struct member", "members", [f"{{{_fields(k, m)}}}" for k, m in enumerate(scorer.members)]),
            "" if scorer.interval is None else residuals(scorer.interval),
            spreads(scorer.members),
            "\n",
            _filled("scorer.c", _core(scorer)),
            "\n#ifndef GLASSNET_NO_MAIN\n\n",
            _names(scorer),
            _trial(trial),
            "\n",
            _filled("scorer_main.c", {"/* @LABEL@ */": LABELS[scorer.answers]}),
            "\n#endif\n",
        ]
    )


def _filled(name: str, places: dict[str, str]) -> str:
    """A file of C beside this one, with text in those places."""
    code = (files(__package__) / name).read_text("utf-8")
    for place, text_there in places.items():
        code = code.replace(place, text_there)
    return code


def _core(scorer: Scorer) -> dict[str, str]:
    """What stands in the places of `scorer.c` that depend on the model."""
    ranks = ", ".join(map(str, scorer.ranks))
    before = SEARCH if scorer.interval else QUANTILES.replace("@RANKS@", ranks) if ranks else ""
    functions, begin, end = (SPREADS, BEGIN, END) if scorer.members[0].spreads else ("", "", "")
    return {
        "/* @INTERVAL@ */\n": before,
        "/* @ANSWER@ */": _answer(scorer),
        "\n/* @SPREADS@ */\n": functions,
        "\n    /* @BEGIN@ */": begin,
        "\n    /* @END@ */": end,
    }


def _answer(scorer: Scorer) -> str:
    """What is done with the mean of the members."""
    if scorer.ranks:
        return ANSWERS["quantiles"].replace("@N_QUANTILES@", str(len(scorer.ranks)))
    return ANSWERS["interval" if scorer.interval else "two classes" if _is_binary(scorer) else scorer.answers]


def _is_binary(scorer: Scorer) -> bool:
    return scorer.answers == "classes" and len(scorer.members[0].size) == 1


def _head(scorer: Scorer) -> str:
    first = scorer.members[0]
    widest = max(4, *(max(_n_inputs(m), *(len(layer.b) for layer in m.layers)) for m in scorer.members))  # 4 at a time
    sizes = "-".join(str(len(layer.b)) for layer in first.layers)
    real = "float" if scorer.dtype == "float32" else "double"
    n_said = len(first.size) * (1 if first.spreads is None else 2)
    return f"""/* Scores rows of a table: {len(scorer.members)} networks of sizes {_n_inputs(first)}-{sizes}.
   Written by glassnet {__version__}, and tested against its predict.

   As a program:  cc -std=c99 -O3 -o scorer this_file.c -lm
                  ./scorer table.csv > predictions.csv       ./scorer --self-test
   In a program of yours: compile with -DGLASSNET_NO_MAIN, declare the two functions below, and call glassnet_read for
   every cell of a row, or write the number that it stands for yourself, and then glassnet_predict. Nothing is
   allocated and nothing is kept, so any number of threads may call them. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {{ GLASSNET_COLUMNS = {len(scorer.columns)}, GLASSNET_OUTPUTS = {len(scorer.outputs)} }};

/* What the text of a cell stands for: a number, seconds since 1970, 1 or 0 for true or false, the place of a level (-1
   for a level that is not known), or NaN for a gap. Returns 0 if the text cannot be read. */
int glassnet_read(int column, const char *text, double *value);

/* From GLASSNET_COLUMNS such numbers to GLASSNET_OUTPUTS numbers; returns 0 if the row cannot be scored. */
int glassnet_predict(const double *row, double *prediction);

typedef {real} real;

enum {{
    N_MEMBERS = {len(scorer.members)}, N_LAYERS = {len(first.layers)}, N_RAW = {len(first.size)}, N_SAID = {n_said},
    WIDEST = {widest}, NAMED = {int(scorer.named)}, MIXED = {int(scorer.mixed)},
    LABELLED = {int(scorer.answers != "numbers")}
}};
#define LARGEST {LARGEST} /* numbers beyond this count as infinite */
#define BOUND {BOUND} /* what numbers that are drawn in never reach */
#define GAP ((double) NAN)
{STRUCTS}"""


def _columns(columns: tuple[Column, ...]) -> str:
    parts, rows = [], []
    for place, column in enumerate(columns):
        levels = values = "NULL"
        if column.values:
            values = f"values{place}"
            parts.append(array("double", values, numbers(np.array(column.values))))
        elif column.levels:
            levels = f"levels{place}"
            parts.append(array("char *const", levels, map(text, column.levels)))
        form = (
            text(re.sub("([ymd])[a-z]+", r"\1", column.form or "year-month-day")) if column.kind == "date" else "NULL"
        )
        name = text(column.name if isinstance(column.name, str) else f"x{column.name}")
        rows.append((name, column.kind.upper(), form, len(column.levels), levels, values))
    return "".join(parts) + structs("column", "columns", rows)


def _n_inputs(member: Member) -> int:
    return len(member.layers[0].W)


def _member(name: str, member: Member, dtype: str) -> str:
    places: list[int] = np.cumsum([0, *(feature.width for feature in member.features)]).tolist()
    features = list(zip(member.features, places, strict=False))
    parts = [_features(name, features, dtype)]
    curves, layers = [], []
    for k, curve in enumerate(member.curves):
        edges, heights = f"{name}_edges{k}", f"{name}_heights{k}"
        parts += [_reals(edges, curve.edges, dtype), _reals(heights, curve.heights, dtype)]
        curves.append((curve.input, len(curve.edges) - 1, edges, heights))
    parts.append(structs("curve", f"{name}_curves", curves))
    for k, layer in enumerate(member.layers, start=2):
        parts += [_reals(f"{name}_W{k}", layer.W, dtype), _reals(f"{name}_b{k}", layer.b, dtype)]
        layers.append((*layer.W.shape, f"{name}_W{k}", f"{name}_b{k}", c_name(layer.activation)))
    parts.append(structs("layer", f"{name}_layers", layers))
    parts += [array("double", f"{name}_{part}", numbers(getattr(member, part))) for part in ("shift", "size")]
    return "".join(parts)


def _features(name: str, features: list[tuple[Feature, int]], dtype: str) -> str:
    parts: list[str] = []
    scaled, cycles, lookups = list[Any](), list[Any](), list[Any]()
    for feature, place in features:
        if isinstance(feature, Number):
            gap = place + 1 if feature.marks_gaps else -1
            facts = (feature.first, feature.median, feature.size, feature.low, feature.high)
            flags = (int(feature.fills), int(feature.clips))
            scaled.append((feature.column, place, gap, *flags, *numbers(np.array(facts, np.float64))))
        elif isinstance(feature, Cycle):
            cycles.append((feature.column, place, f"'{feature.name[0]}'"))
        elif feature.width:
            rows = f"{name}_rows{feature.column}"
            parts.append(_reals(rows, feature.rows, dtype))
            lookups.append((feature.column, place, feature.width, len(feature.rows) - 2, rows))
    kinds = {"number": scaled, "cycle": cycles, "lookup": lookups}
    return "".join([*parts, *(structs(kind, f"{name}_{kind}s", rows) for kind, rows in kinds.items())])


def _fields(k: int, member: Member) -> str:
    """The fields of struct member."""
    features = [sum(isinstance(f, kind) and f.width > 0 for f in member.features) for kind in (Number, Cycle, Lookup)]
    counts = zip((*features, len(member.curves)), ("numbers", "cycles", "lookups", "curves"), strict=True)
    lists = [f"{n}, {f'm{k}_{name}' if n else 'NULL'}" for n, name in counts]
    return ", ".join([*lists, f"m{k}_layers", f"m{k}_shift", f"m{k}_size"])


def _reals(name: str, values: Array, dtype: str) -> str:
    return array("real", name, numbers(np.asarray(values, dtype)))


def _names(scorer: Scorer) -> str:
    classes = [csv_field(str(name)) for name in scorer.classes]
    labels = [f"prediction_{name}" for name in scorer.classes] if scorer.answers == "labels" else ["prediction"]
    header = [*(labels if scorer.answers != "numbers" else []), *scorer.outputs]
    parts = [array("char *const", "header", (text(csv_field(name)) for name in header))]
    parts += [array("char *const", "classes", map(text, classes))] if scorer.answers == "classes" else []
    return f"enum {{ N_HEADER = {len(header)} }};\n{''.join(parts)}"


def _trial(trial: Trial) -> str:
    rows = ["{" + ", ".join(map(text, row)) + "}" for row in trial.cells]
    parts = [
        f"enum {{ N_TESTS = {len(rows)} }};\n",
        array("char *const", "test_cells", rows, "[GLASSNET_COLUMNS]"),
    ]
    for name, values in (("test_expected", trial.expected), ("test_allowed", trial.allowed)):
        entries = ["{" + ", ".join(numbers(row)) + "}" for row in values]
        parts.append(array("double", name, entries, "[GLASSNET_OUTPUTS]"))
    return "".join(parts)
