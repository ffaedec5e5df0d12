from dataclasses import replace

import numpy as np
import pytest

from glassnet.doctor.rows import Judged, duplicated_rows, influential_rows, judged_rows, noisy_validation

from .cases import X, Y, examined, found, noise, run

EVEN = np.square(noise(200))
WELL = Judged(EVEN, np.ones(200, bool), np.arange(200), np.arange(200), np.arange(200), np.arange(200) % 5, False)


def test_even_losses_and_different_rows_are_well():
    assert not any(check(WELL) for check in (noisy_validation, duplicated_rows, influential_rows))


@pytest.mark.parametrize(("n", "is_noisy"), [(10, True), (190, False)])
def test_a_small_part_held_out_is_noisy(n, is_noisy):
    part = noisy_validation(replace(WELL, honest=np.arange(200) < n))
    assert bool(part) == is_noisy
    if part:
        losses = EVEN[:n]
        expected = losses.std(ddof=1) / np.sqrt(n) / losses.mean()
        assert part.evidence == {"validation_rows": n, "standard_error_over_loss": pytest.approx(expected)}


def test_where_every_row_is_held_out_there_are_no_more_to_be_had():
    assert noisy_validation(replace(WELL, losses=EVEN**4)) is None


def test_twins_count_only_in_different_folds():
    twins = np.arange(200) // 2
    apart = duplicated_rows(replace(WELL, keys=twins, fold=np.arange(200) % 2))
    assert (apart.severity, apart.evidence["share_with_a_twin"]) == ("warning", 1.0)
    assert duplicated_rows(replace(WELL, keys=twins, fold=np.arange(200) // 2 % 2)) is None
    assert duplicated_rows(replace(WELL, keys=twins, fold=np.full(200, -1))).severity == "note"


def test_twins_that_few_values_explain_are_well():
    few = np.arange(200) % 8
    assert duplicated_rows(replace(WELL, keys=few, shuffled_keys=few)) is None


def test_a_hundredth_of_the_rows_may_carry_the_loss():
    losses = EVEN.copy()
    losses[[11, 44]] = 500.0, 900.0
    finding = influential_rows(replace(WELL, losses=losses, places=np.arange(200) + 1, first_row=1))
    assert finding.evidence["rows"][:2] == [45, 12]
    assert "counted from 1" in finding.says
    assert finding.evidence["share_of_top_1_percent"] > 0.5


def test_a_classifier_that_is_nearly_always_right_has_no_rows_to_blame():
    losses = np.full(200, 1e-4)
    losses[3] = 5.0
    assert influential_rows(replace(WELL, losses=losses, is_class=True)) is None
    assert influential_rows(replace(WELL, losses=100 * losses, is_class=True))


def test_mistakes_in_the_target_are_found_by_their_rows():
    y = Y.copy()
    y[[3, 50]] += 200
    findings = run(y=y, n_members=5).diagnose(X, y)
    assert set(found("influential-rows", findings).evidence["rows"][:2]) == {3, 50}


def test_a_table_that_was_doubled_is_found():
    twice, targets = np.r_[X, X], np.r_[Y, Y]
    findings = run(twice, targets, n_members=5).diagnose(twice, targets)
    assert found("duplicated-rows", findings).evidence["share_with_a_twin"] > 0.6  # four twins in five are apart


def test_a_tenth_of_a_small_table_is_too_small_a_part():
    model = run(early_stopping=True)
    assert found("noisy-validation", model.diagnose(X, Y)).evidence["validation_rows"] == 12


def test_rows_are_equal_only_if_columns_and_target_are(book):
    table, y = np.r_[X[:60], X[:60]], np.r_[Y[:60], Y[:60] + 1]
    keys = judged_rows(examined(book, table, y)).keys
    assert len(np.unique(keys)) == 120
    keys = judged_rows(examined(book, table, np.r_[Y[:60], Y[:60]])).keys
    assert np.array_equal(keys[:60], keys[60:])


def test_few_rows_are_not_judged(book):
    assert judged_rows(examined(book, X[:49], Y[:49])) is None
