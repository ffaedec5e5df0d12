from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from glassnet.doctor.columns import (
    columns_of,
    constant_columns,
    duplicated_columns,
    extreme_inputs,
    extreme_target,
    leak,
    top_share,
)

from .cases import X, Y, examined, found, noise, run, with_column


def columns(book, X=X, y=Y):
    """The columns of a table beside a network that has not seen it: these checks look at the table alone."""
    return columns_of(examined(book, X, y))


def test_a_table_of_ordinary_columns_is_well(book):
    checks = (leak, extreme_inputs, extreme_target, constant_columns, duplicated_columns)
    assert not any(check(columns(book)) for check in checks)


def test_the_top_hundredth_of_the_squares():
    assert top_share(np.ones(200)) == pytest.approx(0.01)
    assert top_share(np.r_[np.zeros(99), 5.0]) == 1.0
    assert top_share(np.zeros(9)) == 0.0
    assert top_share(np.square(noise(100_000))) == pytest.approx(0.0845, abs=0.01)  # of a normal distribution


def test_a_row_far_out_makes_extreme_inputs(book):
    values = noise(120)
    values[7] = 1000
    finding = found("extreme-inputs", [extreme_inputs(columns(book, with_column(4, values)))])
    assert finding.where == "column 4"
    assert finding.evidence["share_of_top_1_percent"] > 0.99


def test_extreme_inputs_are_tamed_by_robust_scaling(book):
    values = noise(120)
    values[7] = 1000
    assert extreme_inputs(replace(columns(book, with_column(4, values)), bare=False)) is None


def test_a_rare_flag_is_no_extreme_column(book):
    assert extreme_inputs(columns(book, with_column(4, np.arange(120) == 7))) is None


def test_a_row_far_out_makes_an_extreme_target():
    y = Y.copy()
    y[7] = 1e4
    model = run(y=y)
    assert found("extreme-target", model.diagnose(X, y)).severity == "warning"
    assert extreme_target(replace(columns_of(examined(model, y=y)), squares=False)) is None


def test_constant_columns_are_named(book):
    finding = constant_columns(columns(book, with_column(3, 7.0)))
    assert (finding.where, finding.severity, finding.evidence["columns"]) == ("column 3", "note", 1)


def test_many_columns_are_not_all_listed(book):
    wide = X.copy()
    wide[:, 2:] = 1
    assert constant_columns(columns(book, wide)).where == "column 2, column 3, column 4, column 5, column 6 and 3 more"


@pytest.mark.parametrize("again", [lambda x: x, lambda x: 1000 * x, lambda x: 32 + 1.8 * x, lambda x: -x])
def test_a_column_in_other_units_is_a_duplicate(book, again):
    finding = duplicated_columns(columns(book, with_column(6, again(X[:, 2]))))
    assert finding.where == "column 6"
    assert finding.evidence["pairs"] == ["column 6 = column 2"]


def test_columns_that_only_go_together_are_no_duplicates(book):
    assert duplicated_columns(columns(book, with_column(6, X[:, 2] + 1e-3 * noise(120)))) is None


def test_three_equal_columns_are_two_duplicates(book):
    table = with_column(6, X[:, 2])
    table[:, 8] = X[:, 2]
    assert duplicated_columns(columns(book, table)).evidence["columns"] == 2


@pytest.mark.parametrize("secret", [lambda y: y, lambda y: np.exp(y / 5), lambda y: y + 0.05 * noise(120)])
def test_a_column_made_from_the_target_is_a_leak(book, secret):
    finding = leak(columns(book, with_column(9, secret(Y))))
    assert (finding.where, finding.severity) == ("column 9", "severe")
    assert finding.evidence["R2"] > 0.99


def test_a_strong_column_is_no_leak(book):
    assert leak(columns(book, with_column(9, Y + noise(120)))) is None  # R2 about 0.95


def test_rows_that_stand_there_twice_make_no_column_a_leak(book):
    assert leak(columns(book, np.r_[X, X], np.r_[Y, Y])) is None


def test_the_only_column_of_a_table_is_no_leak(book):
    alone = replace(columns(book), names=("column 0",), values=Y[:, None])
    assert leak(alone) is None


def test_a_column_that_tells_the_class_is_a_leak(book):
    y = (Y > 14).astype(float)
    sure = replace(columns(book, with_column(9, 5 - y), y), is_class=True)
    assert leak(sure).evidence["balanced_accuracy"] == 1.0
    assert leak(replace(columns(book, y=y), is_class=True)) is None


def test_a_code_for_the_target_is_a_leak_in_a_table_of_texts():
    """Four numbers and two texts of three levels are ten inputs, so that no network is compiled for them."""
    level = np.arange(120) % 3
    frame = pd.DataFrame(X[:, :4], columns=list("abcd"))
    frame["code"], frame["same"] = np.array(["x", "y", "z"])[level], "here"
    frame["name"] = frame["code"].map({"x": "u", "y": "v", "z": "w"})
    y = 5.0 * level + 0.1 * noise(120)
    findings = run(frame, y).diagnose(frame, y)
    assert found("leak", findings).where == "column 'code', column 'name'"
    assert found("duplicated-columns", findings).evidence["pairs"] == ["column 'name' = column 'code'"]
    assert found("constant-columns", findings).where == "column 'same'"


def test_columns_need_rows(book):
    assert columns_of(replace(examined(book), rows=None)) is None
