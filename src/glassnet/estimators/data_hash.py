"""A fingerprint of the rows that a model learnt from, so that one can tell later whether these were they."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np
from scipy.sparse import issparse

from ..network.arrays import Array
from ..table.frames import Frame
from .inputs import Selection


def data_hash(table: Selection, before: str = "") -> str:
    """SHA-256, in hexadecimal digits, of the rows as `fit` reads them, in their order.

    It covers the values of X (of a table of mixed columns their names too), the targets as numbers, and the weights of
    rows. It does not cover the type of data frame, rows of one's own for validation, or the settings.

    before : the hash of the rows that the model had learnt from until now, if it goes on.
    """
    found = sha256(before.encode())
    for part in (*_parts(table.X), table.Y, np.empty(0) if table.weight is None else table.weight):
        if isinstance(part, str):
            found.update(part.encode())
        else:
            found.update(f"{part.dtype.str}{part.shape}".encode())
            found.update(np.ascontiguousarray(part).data)
    return found.hexdigest()


def _parts(X: Any) -> Iterator[Array | str]:
    if isinstance(X, Frame):
        for column in X.columns:
            is_text = column.values.dtype != np.float64
            yield json.dumps([column.name, column.held, column.values.tolist() if is_text else None])
            if not is_text:
                yield column.values
    elif issparse(X):
        yield from (np.array(X.shape), X.indptr, X.indices, X.data)
    else:
        yield X
