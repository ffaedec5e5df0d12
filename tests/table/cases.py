"""Tables of mixed columns that several tests share."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from hypothesis import strategies as st

from glassnet.table.encoder import TableEncoder
from glassnet.table.frames import read_frame

LIBRARIES = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "pyarrow": pa.Table.from_pandas,
}


def mixed(n=120, seed=0):
    """Every kind of column, with gaps."""
    rng = np.random.default_rng(seed)
    holes = rng.random(n) < 0.1
    days = pd.date_range("2020-01-01", periods=n, freq="31h")
    return pd.DataFrame(
        {
            "size": np.where(holes, np.nan, rng.normal(size=n)),
            "rooms": pd.array(np.where(holes, None, rng.integers(1, 6, n)), dtype="Int64"),
            "flag": pd.array(np.where(holes, None, rng.random(n) < 0.5), dtype="boolean"),
            "city": rng.choice(["Oslo", "Rome", "Bonn", None], n),
            "sex": rng.choice(["f", "m"], n),
            "street": rng.choice([f"street {k}" for k in range(40)], n),
            "grade": pd.Categorical(rng.choice(["low", "high", "top"], n)),
            "sold": days.where(~holes),
            "built": days.strftime("%d.%m.%Y"),
            "price": rng.normal(size=n).astype(str),
        }
    )


def targets(n=120, seed=1):
    return np.random.default_rng(seed).normal(size=(n, 1))


def encoder_of(frame, Y=None, **more):
    """The encoder of a data frame."""
    read = read_frame(frame)
    return TableEncoder.fit(read, targets(read.n_rows) if Y is None else Y, **more)


@st.composite
def tables(draw):
    """A pandas frame of 2 to 30 rows with any mix of kinds and gaps, and a column that can be learnt from."""
    n = draw(st.integers(2, 30))
    kinds = {
        "number": st.floats(allow_nan=True, allow_infinity=True),
        "whole": st.integers(-(10**6), 10**6),
        "flag": st.sampled_from([True, False, None]),
        "text": st.sampled_from(["a", "b", "c", "", None]) | st.text(max_size=4),
        "word": st.sampled_from(["1", "2.5", "NA", "x"]),
        "date": st.datetimes(
            min_value=pd.Timestamp("1800-01-01").to_pydatetime(), max_value=pd.Timestamp("2200-01-01").to_pydatetime()
        )
        | st.none(),
        "iso": st.dates().map(str) | st.none(),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=6))
    columns = {f"{kind} {k}": draw(st.lists(kinds[kind], min_size=n, max_size=n)) for k, kind in enumerate(chosen)}
    return pd.DataFrame(columns | {"always": np.arange(n) % 2}, dtype=object)
