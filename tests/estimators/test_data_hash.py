"""The hash of the training rows: the same for the same rows however they come, another one for any other rows."""

import numpy as np
import pandas as pd
import polars as pl
from scipy.sparse import csr_array

from glassnet import GlassNetClassifier, GlassNetRegressor

from ..table.cases import mixed
from .cases import TINY, fitted, short, table

X, y = table(GlassNetRegressor)


def hash_of(X, y=y, **weights):
    with short():
        return GlassNetRegressor(**TINY).fit(X, y, **weights).data_hash_


def test_the_same_numbers_in_another_container_have_the_same_hash():
    known = hash_of(X)
    assert len(known) == 64
    assert hash_of(X.copy(order="F")) == hash_of(pd.DataFrame(X)) == hash_of(X.tolist()) == known
    assert fitted(GlassNetRegressor, X, y, hidden_layer_sizes=(4,), random_state=5).data_hash_ == known


def test_any_other_row_target_or_weight_has_another_hash():
    other = X.copy()
    other[7, 2] = np.nextafter(other[7, 2], 1)
    hashes = [
        hash_of(X),
        hash_of(other),
        hash_of(X[::-1], y[::-1]),
        hash_of(X, -y),
        hash_of(X, sample_weight=np.arange(60.0)),
        hash_of(csr_array(X)),
    ]
    assert len(set(hashes)) == len(hashes)


def test_a_table_of_mixed_columns_is_hashed_with_its_names_and_texts():
    frame, targets = mixed(), np.arange(120.0)
    known = hash_of(frame, targets)
    assert hash_of(pl.from_pandas(frame), targets) == known
    renamed, moved = frame.rename(columns={"city": "town"}), frame.assign(city=frame["city"].iloc[::-1].to_numpy())
    assert len({known, hash_of(renamed, targets), hash_of(moved, targets)}) == 3


def test_going_on_with_other_rows_hashes_them_all_in_their_order():
    def after(*parts):
        model = GlassNetClassifier(**TINY)
        for rows in parts:
            model.partial_fit(X[rows], rows % 2, classes=[0, 1])
        return model.data_hash_

    first, second = np.arange(30), np.arange(30, 60)
    assert after(first, second) == after(first, second)
    assert len({after(first), after(first, second), after(second, first)}) == 3
