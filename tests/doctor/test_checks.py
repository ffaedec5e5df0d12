import re
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import make_circles, make_friedman1
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import KFold

from glassnet import TEXTBOOK, GlassNetClassifier, GlassNetRegressor, load
from glassnet.doctor.checks import GROUPS, diagnose
from glassnet.errors import InputError
from glassnet.estimators.given import Given

from ..estimators.cases import fitted, table
from .cases import BOOK, X, Y, examined, found, noise, run, with_column

IDS = [name for group in GROUPS for name in group.checks]
FRIEDMAN = make_friedman1(n_samples=500, noise=1.0, random_state=1)


@pytest.mark.parametrize("settings", [{}, TEXTBOOK], ids=["recipe", "textbook"])
def test_a_healthy_run_has_no_findings(settings):
    model = GlassNetRegressor(**settings, random_state=0).fit(*FRIEDMAN)
    assert model.diagnose(*FRIEDMAN).ids == ()
    assert model.diagnose().ids == ()


def test_a_healthy_classifier_has_no_findings():
    rows = make_circles(n_samples=500, noise=0.1, factor=0.5, random_state=0)
    model = GlassNetClassifier(**TEXTBOOK, random_state=0).fit(*rows)
    assert model.diagnose(*rows).ids == ()


def test_every_check_has_a_name_of_its_own_and_is_on_the_page():
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert len(set(IDS)) == len(IDS) >= 14
    assert re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE) == IDS


def test_every_threshold_on_the_page_is_that_of_the_code():
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")
    named = re.findall(r"`(\w+)\.([A-Z_]+) = ([\d.e+-]+)`", page)
    assert len(named) > 10
    for module, name, value in named:
        code = __import__(f"glassnet.doctor.{module}", fromlist=[name])
        assert getattr(code, name) == float(value), name


def test_every_id_that_is_found_is_one_of_the_list(members):
    """What a check returns carries the name under which it is listed."""
    twice = np.r_[with_column(9, 1.0), with_column(9, 1.0)]
    y = np.r_[Y, Y]
    twice[:, 3] = y
    findings = run(twice, y, n_members=5).diagnose(twice, y)
    assert {"leak", "constant-columns", "duplicated-rows"} <= set(findings.ids) <= set(IDS)
    assert set(findings.checked) | set(findings.left_out) == set(IDS)


def test_without_rows_the_curves_are_looked_at(book):
    findings = book.diagnose()
    assert findings.checked == ("loss-jumps", "underfitting")
    assert len(findings.left_out) == len(IDS) - 2


def test_the_rows_of_fit_are_recognised_and_judged_by_who_had_not_seen_them(members):
    rows = examined(members).rows
    assert sorted(np.bincount(rows.holder)) == [24] * 5
    np.testing.assert_allclose(rows.prediction[:, 0], members.oof_prediction_, rtol=1e-5)
    assert "by a member that had not seen them" in str(members.diagnose(X, Y))


def test_groups_and_folds_of_the_users_own_are_recognised_too():
    groups = np.arange(120) // 4
    model = GlassNetRegressor(**BOOK | {"n_members": 5}).fit(X, Y, groups=groups)
    assert "by a member that had not seen them" in str(model.diagnose(X, Y, groups=groups))
    assert "not recognised" in str(model.diagnose(X, Y))
    model = run(cv=KFold(4))
    assert examined(model).rows.holder.tolist() == (np.arange(120) // 30).tolist()


@pytest.mark.parametrize("order", [np.arange(119), np.arange(120)[::-1]])
def test_other_rows_are_judged_by_all_members(members, order):
    rows = examined(members, X[order], Y[order]).rows
    assert rows.holder is None
    np.testing.assert_allclose(rows.prediction[:, 0], members.predict(X[order]), rtol=1e-5)
    assert "not recognised" in str(members.diagnose(X[order], Y[order]))


def test_the_part_of_early_stopping_is_recognised():
    rows = examined(run(early_stopping=True)).rows
    assert np.bincount(rows.holder + 1).tolist() == [108, 12]


def test_a_model_from_a_file_is_diagnosed_as_before(members, tmp_path):
    members.save(tmp_path / "m.glassnet")
    assert load(tmp_path / "m.glassnet").diagnose(X, Y) == members.diagnose(X, Y)


def test_rows_of_weight_0_are_as_if_they_were_not_there():
    weight = np.r_[np.ones(100), np.zeros(20)]
    model = run()
    spoilt = Y.copy()
    spoilt[100:] = 1e6
    assert model.diagnose(X, spoilt, weight) == model.diagnose(X[:100], Y[:100])


@pytest.mark.parametrize("kind", [GlassNetRegressor, GlassNetClassifier])
def test_small_tables_and_short_trainings_are_no_problem(kind):
    X, y = table(kind)
    for n in (60, 3):
        findings = fitted(kind, X, y).diagnose(X[:n], y[:n])
        assert set(findings.checked) | set(findings.left_out) == set(IDS)


@pytest.mark.parametrize(
    ("settings", "targets"),
    [
        ({"loss": "quantile", "quantile": (0.2, 0.8)}, Y),
        ({"loss": "poisson"}, np.round(Y - Y.min())),
        ({}, np.column_stack([Y, noise(120)])),
        ({"loss": "absolute_error"}, Y),
    ],
)
def test_every_loss_and_several_targets_can_be_examined(settings, targets):
    model = fitted(GlassNetRegressor, X, targets, n_members=3, **settings)
    findings = model.diagnose(X, targets)
    assert "leak" in findings.checked
    assert ("no-better-than-linear" in findings.checked) == (settings.get("loss") != "quantile")


def test_labels_and_sparse_rows_can_be_examined():
    labels = np.column_stack([Y > 14, X[:, 0] > 0.5]).astype(int)
    model = fitted(GlassNetClassifier, csr_matrix(X), labels)
    assert model.diagnose(csr_matrix(X), labels) == model.diagnose(X, labels)


def test_rows_and_targets_come_together(book):
    with pytest.raises(InputError, match="Give both X and y"):
        book.diagnose(X)
    with pytest.raises(InputError, match="NaN in row 4"):
        book.diagnose(np.where(np.arange(120)[:, None] == 4, np.nan, X), Y)
    with pytest.raises(NotFittedError):
        GlassNetRegressor().diagnose()


def test_rows_are_counted_from_where_the_caller_says():
    y = Y.copy()
    y[[3, 50]] += 200
    model = run(y=y, n_members=5)
    assert set(found("influential-rows", diagnose(model, Given(X, y), first_row=1)).evidence["rows"][:2]) == {4, 51}
