"""A histogram as small as a word, to stand in the cell of a table."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, BARS = 60, 16, 20


def spark(counts: Sequence[float]) -> Markup:
    """Bars for the counts, in the ink of the page; it adds nothing for those who cannot see it, so they skip it."""
    if not len(counts) or max(counts) <= 0:
        return Markup("")
    per_bar = -(-len(counts) // BARS)  # rounded up
    sums = [sum(counts[k : k + per_bar]) for k in range(0, len(counts), per_bar)]
    width = WIDTH / len(sums)
    bars = "".join(
        f"M{k * width:.4g} {HEIGHT}v{-HEIGHT * count / max(sums):.3g}h{0.85 * width:.3g}V{HEIGHT}z"
        for k, count in enumerate(sums)
        if count
    )
    return Markup(f'<svg class="spark" aria-hidden="true" viewBox="0 0 {WIDTH} {HEIGHT}"><path d="{bars}"/></svg>')
