"""4. What matters: columns by permutation importance, and how the prediction goes with the first four."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import rankdata
from sklearn.inspection import permutation_importance

from ...network.arrays import Array
from ..displays.importance import PermutationImportanceDisplay
from ..drawing import SIZE, drawn
from ..finished import Finished
from ..language import Say, number
from ..parts import Figure, Part, Section, Table, Words
from .dependence import dependence_figure
from .shuffled import Shuffled, score_of

REPEATS = 5
BUDGET = 400_000  # rows to predict for importances, at most
ROWS = (50, 1000)  # on so many rows
SHOWN = 20
CURVES = 4
IN_TABLE = 100
CORRELATED = 0.8  # beyond this two columns share their importance
MOST_PAIRS = 8
MOST_PARTNERS = 3  # that are named beside a curve


@dataclass(frozen=True)
class Importances:
    """Columns that the model uses, with the fall of the score: mean and standard deviation over repetitions."""

    names: list[str]
    mean: Array
    std: Array
    n_rows: int
    scoring: str

    @property
    def order(self) -> list[str]:
        """The names, the most important first."""
        return [self.names[k] for k in np.argsort(-self.mean, kind="stable")]


def section(run: Finished, say: Say) -> Section:
    """Without rows that the model has not learnt from there is nothing to measure on."""
    title = say("sections.importance")
    if run.rows is None or len(run.rows) < 2:
        return Section("importance", title, [Words(say("importance.no_rows"), "note")])
    found = importances(run)
    parts: list[Part] = [Words(_first_words(found, say)), _figure(found, say)]
    pairs = correlated(run, found.order)
    if pairs:
        shown = "; ".join(say("importance.pair", one=a, other=b, r=r) for a, b, r in pairs[:MOST_PAIRS])
        more = say("importance.more_pairs", n=len(pairs) - MOST_PAIRS) if len(pairs) > MOST_PAIRS else ""
        parts.append(Words(say("importance.correlated", pairs=f"{shown}{more}"), "warning"))
    parts.append(Words(say("importance.how_to_read_curves"), "note"))
    curves = (_dependence(run, name, place, pairs, say) for place, name in enumerate(found.order[:CURVES]))
    return Section("importance", title, [*parts, *filter(None, curves)])


def _dependence(run: Finished, name: str, place: int, pairs: list[tuple[str, str, str]], say: Say) -> Figure | None:
    """A column's curve; if the column goes together with others, that is said beside it."""
    figure = dependence_figure(run, name, place, say)
    others = [b if a == name else a for a, b, _ in pairs if name in (a, b)][:MOST_PARTNERS]
    if figure is None or not others:
        return figure
    beside = say("importance.beside", name=name, others=", ".join(others))
    return replace(figure, description=f"{figure.description} {beside}")


def importances(run: Finished) -> Importances:
    """Measured on some test rows, fewer for wide tables."""
    used = [(place, str(one.name)) for place, one in enumerate(run.model.columns_) if one.n_inputs]
    n = int(np.clip(BUDGET // (REPEATS * max(len(used), 1)), *ROWS))
    rows, y = run.rows.iloc[:n], run.targets[:n]
    score, name = score_of(run)
    shuffled = Shuffled(run.model, rows)
    result = permutation_importance(shuffled, shuffled.in_order(), y, scoring=score, n_repeats=REPEATS, random_state=0)
    values = np.nan_to_num(result.importances[[place for place, _ in used]])  # a constant target has no R2
    return Importances([column for _, column in used], values.mean(axis=1), values.std(axis=1), len(rows), name)


def _first_words(found: Importances, say: Say) -> str:
    matter = [name for name in found.order if _is_there(found, name)]
    words = {"n": found.n_rows, "scoring": found.scoring, "columns": len(found.names)}
    if not matter:
        return say("importance.nothing", **words)
    return say("importance.first", **words, names=", ".join(matter[:3]), matter=len(matter))


def _is_there(found: Importances, name: str) -> bool:
    """Whether a fall of the score is more than chance: two standard deviations of its mean."""
    k = found.names.index(name)
    return bool(found.mean[k] > 2 * found.std[k] / np.sqrt(REPEATS) and found.mean[k] > 0)


def _figure(found: Importances, say: Say) -> Figure:
    display = PermutationImportanceDisplay(found.names, found.mean, found.std, found.scoring)
    order = np.argsort(-found.mean, kind="stable")[:IN_TABLE]
    rows = [[found.names[k], float(found.mean[k]), float(found.std[k])] for k in order]
    note = say("importance.table_cut", n=IN_TABLE, all=len(found.names)) if len(found.names) > IN_TABLE else ""
    size = (SIZE[0], max(2.0, 0.2 * min(len(found.names), SHOWN) + 0.8))
    return Figure(
        "importance",
        say("importance.title"),
        say("importance.description", n=found.n_rows, repeats=REPEATS),
        drawn("importance", lambda ax: display.plot(ax=ax), size, say.entry("labels")),
        Table(say("words.data"), [*say.headers("importance.headers")], rows, note),
    )


def correlated(run: Finished, names: list[str]) -> list[tuple[str, str, str]]:
    """Pairs of number columns whose ranks go together, with their rank correlation (Spearman), the strongest first."""
    import pandas as pd

    held = run.rows[[name for name in names if pd.api.types.is_numeric_dtype(run.rows[name])]]
    values = held.to_numpy(dtype=np.float64, na_value=np.nan)
    columns = [name for name, column in zip(held.columns, values.T, strict=True) if len(np.unique(column)) > 1]
    if len(columns) < 2 or len(values) < 10:
        return []
    known = held[columns].fillna(held[columns].median()).to_numpy(dtype=np.float64)
    r = np.corrcoef(rankdata(known, axis=0), rowvar=False)
    strong = np.argwhere(np.triu(np.abs(r) > CORRELATED, 1)).tolist()
    pairs = sorted(strong, key=lambda pair: -abs(float(r[pair[0], pair[1]])))
    return [(columns[i], columns[j], number(float(f"{r[i, j]:.2f}"))) for i, j in pairs]
