"""From a run folder to report.html: the sections one after the other, the page, and the figures as files."""

from collections.abc import Callable, Iterator
from pathlib import Path

from ..engine.threads import one_blas_thread
from ..errors import OutputError
from ..export.atomic import write_atomically
from ..export.run_folder import REPORT
from .finished import Finished
from .language import Say
from .page import page
from .parts import Figure, Section
from .sections import columns, curves, glossary, importance, inside, predictions, reproduce, uncertainty, verdict

FIGURES = "figures"
SECTIONS: tuple[Callable[[Finished, Say], Section], ...] = (
    verdict.section,
    curves.section,
    predictions.section,
    importance.section,
    uncertainty.section,
    inside.section,
    columns.section,
    reproduce.section,
    glossary.section,
)


@one_blas_thread()  # several would add in another order each time, and the bytes would not be the same
def build_report(folder: str | Path, *, language: str = "en") -> Path:
    """Write report.html into a run folder, and its figures as SVG files into figures/; the report's path.

    Nothing is trained, and the training table is not needed: the folder keeps predictions, curves, the model, and the
    features of up to 2000 test rows. The same folder gives the same bytes.

    Raises
    ------
    InputError
        If a file of the run is missing or damaged, for instance because its training did not end.
    ModelFileError
        If the model cannot be read.
    OutputError
        If the report cannot be written; an older one is then left as it was.
    SettingError
        If there is no such language.
    ImportError
        If jinja2 or matplotlib is not installed: `pip install "glassnet[report]"`.
    """
    run, say = Finished.at(Path(folder)), Say(language)
    sections = [make(run, say) for make in SECTIONS]
    out = Path(folder) / REPORT
    write_atomically(out, page(run, sections, say).encode())
    _write_figures(Path(folder) / FIGURES, sections)
    return out


def _write_figures(folder: Path, sections: list[Section]) -> None:
    """For a thesis, or slides."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as reason:
        raise OutputError(f"the folder {str(folder)!r} cannot be made: {reason.strerror}.", error_id="E501") from reason
    for figure in figures_of(sections):
        write_atomically(folder / f"{figure.name}.svg", figure.svg.encode())


def figures_of(sections: list[Section]) -> Iterator[Figure]:
    """All figures in order."""
    return (part for section in sections for part in section.parts if isinstance(part, Figure))
