"""How much memory a table would take, and how much there is."""

import sys
from pathlib import Path

from ..table.chunks import FOLDER_ENDINGS, PARQUET

MEMINFO, CONTAINER = Path("/proc/meminfo"), Path("/sys/fs/cgroup/memory.max")
BYTES_PER_NUMBER = 8
FIT_TIMES = 10  # a fit in memory takes about so many times the table: frames, copies, the rows of each member


def table_bytes(path: Path) -> int:
    """About how many bytes the table in a file or folder has in memory; 0 if it cannot be known without reading it."""
    if path.is_dir():
        return sum(table_bytes(file) for file in path.rglob("*") if file.is_file())
    ending = path.suffix.lower()
    if not path.is_file() or ending not in FOLDER_ENDINGS:
        return 0
    if ending not in PARQUET:
        return path.stat().st_size
    import pyarrow
    import pyarrow.parquet

    try:
        known = pyarrow.parquet.read_metadata(path)
    except (OSError, pyarrow.ArrowException):
        return 0  # whoever reads it will say what is wrong
    stored = sum(known.row_group(k).total_byte_size for k in range(known.num_row_groups))
    return int(max(stored, BYTES_PER_NUMBER * known.num_rows * known.num_columns))


def available_bytes() -> int | None:
    """How many bytes of memory this process may still take; None where the system does not say."""
    return min((n for n in (_free(), _of_container(), *_limits()) if n is not None), default=None)


def _free() -> int | None:
    if not MEMINFO.is_file():
        return None
    lines = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) << 10 if "MemAvailable" in lines else None


def _of_container() -> int | None:
    text = CONTAINER.read_text().strip() if CONTAINER.is_file() else "max"
    return None if text == "max" else int(text)


def _limits() -> list[int]:
    """Limits that `ulimit` has set."""
    if sys.platform == "win32":
        return []
    import resource

    found = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    return [limit for limit in found if limit != resource.RLIM_INFINITY]


def in_words(n_bytes: float) -> str:
    """`1.2 GB`.

    Examples
    --------
    >>> in_words(1_234_567_890), in_words(65_000_000)
    ('1.2 GB', '65 MB')
    """
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"
