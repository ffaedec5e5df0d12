"""Rows that are arrays themselves (T19): an image is the row of its pixels, and keeps its shape where it matters."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.utils import get_tags

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.errors import InputError

from .cases import TINY, fitted, short, table

DIGITS = load_digits()
COLOURED = np.random.default_rng(0).normal(size=(60, 4, 3, 2))


def moved(images):
    """Each image in its place, and moved by a pixel to the right, to the left, down and up."""
    wide = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    places = [(1, 1), (1, 0), (1, 2), (0, 1), (2, 1)]
    return np.concatenate([wide[:, i : i + 8, j : j + 8] for i, j in places])


def regressor(X=COLOURED, **settings):
    return fitted(GlassNetRegressor, X, X.reshape(len(X), -1)[:, 5], **TINY | settings)


@pytest.mark.parametrize("kind", [np.asarray, list, np.ndarray.tolist], ids=["array", "list of images", "lists"])
def test_an_image_is_the_row_of_its_pixels(kind):
    X = DIGITS.images[:200]
    of_images = fitted(GlassNetClassifier, kind(X), DIGITS.target[:200], **TINY)
    of_rows = fitted(GlassNetClassifier, X.reshape(200, 64), DIGITS.target[:200], **TINY)
    np.testing.assert_array_equal(of_images.predict_proba(kind(X)), of_rows.predict_proba(X.reshape(200, 64)))
    np.testing.assert_array_equal(of_images.predict_proba(X.reshape(200, 64)), of_images.predict_proba(X))
    assert of_images.n_features_in_ == len(of_images.columns_) == 64
    assert of_images.data_hash_ == of_rows.data_hash_


def test_images_with_missing_pixels_are_images_too():
    X = COLOURED.copy()
    X[::7, 1, 1, 1] = np.nan
    model = regressor(X, n_members=1)
    assert np.isfinite(model.predict(X)).all()
    assert np.isnan(model.input_gradients(X)[0, 1, 1, 1])
    assert np.isfinite(np.delete(model.input_gradients(X)[0].ravel(), np.ravel_multi_index((1, 1, 1), (4, 3, 2)))).all()


def test_slopes_have_the_shape_of_the_image():
    model = regressor()
    slopes = model.input_gradients(COLOURED)
    assert slopes.shape == COLOURED.shape
    of_rows = regressor(COLOURED.reshape(60, 24)).input_gradients(COLOURED.reshape(60, 24))
    np.testing.assert_array_equal(slopes, of_rows.reshape(COLOURED.shape))
    digits = fitted(GlassNetClassifier, DIGITS.images[:200], DIGITS.target[:200], **TINY)
    assert digits.input_gradients(DIGITS.images[:5]).shape == (5, 10, 8, 8)


def test_the_shape_is_kept_with_the_model(tmp_path):
    model = regressor()
    model.save(tmp_path / "images.glassnet")
    for other in (load(tmp_path / "images.glassnet"), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.predict(COLOURED), model.predict(COLOURED))
        np.testing.assert_array_equal(other.input_gradients(COLOURED), model.input_gradients(COLOURED))
    assert load(tmp_path / "images.glassnet").input_gradients(COLOURED).shape == COLOURED.shape


def test_images_of_another_shape_are_refused():
    model = regressor()
    text = "X has rows of shape (3, 4, 2), and fit saw rows of shape (4, 3, 2)."
    with pytest.raises(InputError, match=f"^{re.escape(text)}"):
        model.predict(COLOURED.transpose(0, 2, 1, 3))
    flat = regressor(COLOURED.reshape(60, 24))
    with pytest.raises(InputError, match=re.escape("rows of shape (4, 3, 2), and fit saw rows of shape (24,).")):
        flat.predict(COLOURED)
    with pytest.raises(InputError, match=re.escape("X has rows of the shapes (4, 3, 1) and (4, 3, 2).")):
        model.predict([COLOURED[0], COLOURED[1, :, :, :1]])
    with pytest.raises(InputError, match=re.escape("X_val, y_val and sample_weight_val cannot be used")), short():
        GlassNetRegressor(**TINY).fit(COLOURED, np.arange(60), X_val=COLOURED[:, :2], y_val=np.arange(60))
    with pytest.raises(ValueError, match=re.escape("Found array with 0 sample(s)")):
        model.predict(COLOURED[:0])


def test_a_fit_on_a_table_forgets_the_shape_of_images_and_a_failed_one_does_not(tmp_path):
    model = regressor()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(COLOURED[:, :2], np.arange(59))
    assert model.input_gradients(COLOURED).shape == COLOURED.shape
    X, y = table(GlassNetRegressor)
    with short():
        model.fit(X, y)
    assert model.input_gradients(X).shape == X.shape
    rows = pd.DataFrame(COLOURED[:, 0, 0]).assign(y=COLOURED[:, 0, 0, 0]).rename(columns=str)
    rows.to_parquet(tmp_path / "rows.parquet")
    with short():
        model = regressor().fit_stream(tmp_path / "rows.parquet", "y")
    assert model.input_gradients(rows[["0", "1"]]).shape == (60, 2)


def test_images_go_through_cross_validation():
    assert get_tags(GlassNetRegressor()).input_tags.three_d_array
    with short():
        scores = cross_val_score(clone(regressor()), COLOURED, COLOURED[:, 0, 0, 0], cv=3)
    assert np.isfinite(scores).all()


def test_more_than_98_percent_of_handwritten_digits_are_told_apart():
    """Five folds of 1797 pictures, which learn from copies moved by a pixel too; groups keep copies together."""
    X, y = DIGITS.images, DIGITS.target
    model = GlassNetClassifier(bins=0, dropout=0.1, n_members=3, max_iter=32, random_state=0)
    right = []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
        model.fit(moved(X[train]), np.tile(y[train], 5), groups=np.tile(train, 5))
        right += list(model.predict(X[test]) == y[test])
    assert np.mean(right) > 0.98
