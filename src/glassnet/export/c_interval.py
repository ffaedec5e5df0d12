"""Prediction intervals in C: the search of `estimators/intervals.py`, and the spreads of adaptive ones."""

from ..network.arrays import Array
from .c_text import array, numbers, structs
from .scorer import Interval, Member

SEARCH = """
/* How much weight has errors of at most that size, among those of one member on rows that it had not seen. */
static double weight_up_to(const struct fold *fold, double size)
{
    int low = 0, high = fold->n;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (fold->sizes[middle] <= size) low = middle + 1;
        else high = middle;
    }
    return fold->weight[low];
}

/* The smallest number that as much weight as RANK of the sums prediction + UNIT error does not exceed: CV+. */
static double upper_end(double (*raw)[N_SAID], int target, double sign)
{
    double low = HUGE_VAL, high = -HUGE_VAL;
    int k, halving;
    for (k = 0; k < N_MEMBERS; k++) {
        const struct fold *const fold = &folds[target * N_MEMBERS + k];
        const double mu = sign * raw[k][target], unit = UNIT(k, target);
        low = fmin(low, mu + unit * fold->sizes[0]);
        high = fmax(high, mu + unit * fold->sizes[fold->n - 1]);
    }
    low -= (fabs(low) + fabs(high)) * 1e-9;
    for (halving = 0; halving < 80; halving++) {
        const double middle = low + (high - low) / 2;
        double weight = 0;
        for (k = 0; k < N_MEMBERS; k++) {
            const double size = (middle - sign * raw[k][target]) / UNIT(k, target);
            weight += weight_up_to(&folds[target * N_MEMBERS + k], size);
        }
        if (weight >= RANK) high = middle;
        else low = middle;
    }
    return high;
}
"""
SPREADS = """
/* The logarithms s of how far off a network is likely to be, one for each target, as far as the inputs decide them. */
static void begin_spreads(const struct member *m, const real *a, double *s)
{
    const struct spread *const spread = &spreads[m - members];
    int i, j, k;
    for (j = 0; j < N_RAW; j++) s[j] = spread->b[j];
    for (i = 0; i < m->layers->n_in; i++) {
        for (j = 0; j < N_RAW; j++) s[j] += (double) a[i] * spread->inputs[i * N_RAW + j];
    }
    for (k = 0; k < m->n_curves; k++) {
        real f;
        const int bin = bin_of(&m->curves[k], a[m->curves[k].input], &f);
        for (j = 0; j < N_RAW; j++) s[j] += (bin + (double) f) * spread->positions[k * N_RAW + j];
    }
}

/* The answer a of the network decides the rest; then they are no logarithms any more. */
static void end_spreads(const struct member *m, const real *a, double *s)
{
    const struct spread *const spread = &spreads[m - members];
    int j;
    for (j = 0; j < N_RAW; j++) {
        const double said = (double) a[j];
        s[j] += said * spread->said[j] + said * said * spread->squared[j];
        s[j] = exp(bounded(s[j], spread->low[j], spread->high[j]));
    }
}
"""
BEGIN, END = (f"\n    {word}_spreads(m, a, out + N_RAW);" for word in ("begin", "end"))


def residuals(interval: Interval) -> str:
    """The sizes of the errors of every member, target by target, and what the search is told besides."""
    parts, rows = ["\nstruct fold { int n; const double *sizes, *weight; };\n"], []
    for t, folds in enumerate(interval.residuals):
        for k, fold in enumerate(folds):
            names = f"sizes{t}_{k}", f"weight{t}_{k}"
            parts += [array("double", names[0], numbers(fold.sizes)), array("double", names[1], numbers(fold.weight))]
            rows.append((len(fold.sizes), *names))
    unit = "raw[k][N_RAW + (target)]" if interval.adaptive else "1.0"
    parts += [
        structs("fold", "folds", rows),
        "\n/* What the way from the members' mean to the ends is multiplied by. */\n",
    ]
    parts += [
        array("double", "narrowing", numbers(interval.narrowing)),
        f"#define RANK {interval.rank!r}\n#define UNIT(k, target) {unit}\n",
    ]
    return "".join(parts)


def spreads(members: tuple[Member, ...]) -> str:
    """The learnt spreads of the members; no text if they have none."""
    names = ("b", "said", "squared", "inputs", "positions", "low", "high")
    parts, rows = [f"\nstruct spread {{ const double *{', *'.join(names)}; }};\n"], []
    for k, member in enumerate(members):
        if member.spreads is None:
            return ""
        s = member.spreads
        values = (s.b, s.said, s.squared, s.inputs, s.positions, *s.limits)
        arrays = [_numbers(f"{name}_of{k}", value) for name, value in zip(names, values, strict=True)]
        parts += [text for text, _ in arrays]
        rows.append([name for _, name in arrays])
    return "".join([*parts, structs("spread", "spreads", rows)])


def _numbers(name: str, values: Array) -> tuple[str, str]:
    """An array, and the word that points to it; NULL, and no text, where it is empty."""
    return (array("double", name, numbers(values)), name) if values.size else ("", "NULL")
