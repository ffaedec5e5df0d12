"""What the report says is true of the run, in words that its rules choose."""

import numpy as np
import pytest

from glassnet.report.finished import Finished
from glassnet.report.language import THIN, Say, languages, number, texts_in
from glassnet.report.sections import importance, predictions, shuffled, verdict
from glassnet.report.sections.curves import how_to_read
from glassnet.report.sections.dependence import grid_of

from .pages import Page
from .runs import houses


def verdict_of(run, **news):
    """The paragraphs of the verdict, had metrics.json said something else."""
    finished = Finished.at(run)
    finished.__dict__["metrics"] = finished.metrics | news
    return [" ".join(part.text.split()) for part in verdict.section(finished, Say()).parts if part.kind == "words"]


def scores(ours, line, mean):
    return {"this model": {"RMSE": ours}, "straight line": {"RMSE": line}, "mean": {"RMSE": mean}}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((1.0, 2.0, 4.0), "beats a straight line: its RMSE of 1 is 50 % smaller"),
        ((1.98, 2.0, 4.0), "about as good as a straight line"),
        ((3.0, 2.0, 4.0), "Do not use this network"),
        ((4.0, 2.0, 4.0), "has learned nothing that helps"),
        ((0.0, 0.0, 0.0), "There is nothing to learn"),
        ((None, 2.0, 4.0), "is not known"),
    ],
)
def test_the_verdict_is_chosen_by_the_scores(run, values, words):
    assert words in verdict_of(run, test=scores(*values))[0]


def test_the_typical_error_is_that_of_the_predictions(run):
    columns = Finished.at(run).judged.columns
    error = np.abs(columns["y"] - columns["prediction"])
    page = Page(run / "report.html").text
    assert f"off by less than {number(float(np.median(error)))}, and the mean error is {number(error.mean())}" in page


def test_the_largest_errors_are_those_rows(run):
    columns = Finished.at(run).judged.columns
    worst = int(columns["row"][np.argmax(np.abs(columns["residual"]))])
    (table,) = [part for part in predictions.section(Finished.at(run), Say()).parts if part.kind == "table"]
    assert table.rows[0][0] == worst
    sizes = [abs(row[3]) for row in table.rows]
    assert sizes == sorted(sizes, reverse=True)


def test_an_interrupted_run_says_so(run):
    training = Finished.at(run).metrics["training"] | {"interrupted": True}
    assert any("Training was interrupted" in text for text in verdict_of(run, training=training))


@pytest.mark.parametrize(
    ("found", "n_epochs", "reading"),
    [
        ({"loss-jumps": {}}, 100, "rate_too_high"),
        ({"rate-over-stability-limit": {}, "overfitting": {}}, 100, "rate_too_high"),
        ({"underfitting": {"last_over_first_loss": 0.99}}, 100, "underfitting"),
        ({"underfitting": {"last_over_first_loss": 0.3}}, 100, "too_few_epochs"),
        ({"overfitting": {}}, 100, "overfitting"),
        ({"leak": {}}, 100, "healthy"),
        ({}, 5, "too_short"),
    ],
)
def test_how_to_read_the_curve_follows_from_the_findings(found, n_epochs, reading):
    findings = [{"id": name, "evidence": evidence} for name, evidence in found.items()]
    assert how_to_read(findings, n_epochs, validated=True) == reading
    assert Say().entry(f"curves.{reading}")


def test_columns_that_go_together_are_named(run):
    finished = Finished.at(run)
    assert [pair[:2] for pair in importance.correlated(finished, ["area", "age", "rooms", "doors"])] == [
        ("rooms", "doors")
    ]
    assert "rooms and doors" in Page(run / "report.html").text


def test_shuffling_by_row_numbers_is_shuffling_the_table(run):
    finished = Finished.at(run)
    table = shuffled.Shuffled(finished.model, finished.rows)
    places = table.in_order()
    places[:, 1] = np.random.default_rng(0).permutation(len(places))
    by_hand = finished.rows.copy()
    by_hand["age"] = by_hand["age"].to_numpy()[places[:, 1]]
    np.testing.assert_array_equal(table.predict(places), finished.model.predict(by_hand))


def test_classes_are_judged_as_their_predictions_say(class_run):
    finished = Finished.at(class_run)
    columns = finished.judged.columns
    right = np.mean(columns["y"] == columns["prediction"])
    assert f"It is right in {round(right * len(columns['y']))} of 40 rows" in Page(class_run / "report.html").text
    np.testing.assert_array_equal(finished.codes(columns["y"]), np.searchsorted(finished.model.classes_, columns["y"]))


def test_a_grid_spans_the_column_and_ignores_gaps():
    X, _ = houses()
    X.loc[::3, "age"] = np.nan
    grid, is_number = grid_of(X["age"])
    assert is_number
    assert len(grid) == 25
    assert np.isfinite(grid).all()
    texts, is_number = grid_of((X["age"] > 0).map({True: "old", False: "new"}))
    assert (texts.tolist(), is_number) == (["new", "old"], False)


def test_every_language_says_the_same_things():
    reference = {section: set(entries) for section, entries in texts_in("en").items()}
    assert languages()
    for language in languages():
        assert {section: set(entries) for section, entries in texts_in(language).items()} == reference


def test_numbers_are_written_for_people():
    shown = [number(value) for value in (0.123456, 12.0, 1234.5, -1e6, 1e-9, None, float("nan"), -0.0, np.float64(3))]
    assert shown == [
        "0.1235",
        "12",
        f"1{THIN}234",
        f"-1{THIN}000{THIN}000",
        "1e-09",
        "\N{EN DASH}",
        "\N{EN DASH}",
        "0",
        "3",
    ]
