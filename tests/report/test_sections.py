"""What the report says is true of the run, in words that its rules choose."""

import re

import numpy as np
import pytest

from glassnet.report import (
    IntervalDisplay,
    LearningCurvesDisplay,
    MembersDisplay,
    NetworkDisplay,
    PermutationImportanceDisplay,
    ResidualsDisplay,
    WeightsDisplay,
    drawing,
)
from glassnet.report.displays.intervals import KINDS
from glassnet.report.displays.learning_curves import LABELS
from glassnet.report.finished import Finished
from glassnet.report.language import THIN, Say, languages, number, texts_in
from glassnet.report.sections import curves, importance, predictions, shuffled, verdict
from glassnet.report.sections.curves import how_to_read
from glassnet.report.sections.dependence import grid_of

from .pages import Page
from .runs import houses

SCORES = ("R2", "log score", "pinball score")


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


@pytest.mark.parametrize(
    ("validation", "words"),
    [([3.0, 1.0, 1.05], "without turning up for good"), ([3.0, 1.0, 1.5], "The validation loss turns up behind")],
)
def test_a_validation_loss_that_turns_up_is_not_called_flat(run, validation, words):
    finished = Finished.at(run)
    curve = {"train_loss": np.linspace(3, 1, 60).tolist(), "validation_loss": [*validation[:1] * 58, *validation[1:]]}
    finished.__dict__.update(curves=[curve], findings={"findings": []})
    assert words in curves.section(finished, Say()).parts[0].text


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


def test_a_curve_names_the_columns_that_its_column_goes_together_with(run):
    figures = {part.title: part for part in importance.section(Finished.at(run), Say()).parts if part.kind == "figure"}
    assert "rooms goes together with doors" in figures["price by rooms"].description
    assert "goes together" not in figures["price by area"].description


def test_every_word_of_a_display_is_among_the_texts_of_a_language():
    curves = [{"train_loss": [3.0, 2.0], "validation_loss": [3.0, 1.0], "gradient_norm": [1.0], "learning_rate": [1.0]}]
    ones = np.ones(3)
    displays = [
        *(LearningCurvesDisplay(curves, [2]).plot(kind=kind) for kind in LABELS),
        LearningCurvesDisplay([{"train_loss": [1.0]}]).plot(),
        ResidualsDisplay.of(ones).plot(),
        *(PermutationImportanceDisplay(["a"], ones[:1], ones[:1], name).plot() for name in SCORES),
        *(IntervalDisplay(ones, ones, ones, ones).plot(kind=kind) for kind in KINDS),
        MembersDisplay(ones, ones).plot(),
        WeightsDisplay({2: (np.array([0.0, 1.0]), np.array([1]))}).plot(),
        NetworkDisplay([3, 2, 1], ["input", "input"]).plot(),
    ]
    labels = {word: f"<{word}>" for word in Say().entry("labels")}
    for display in displays:
        ax = display.ax_
        drawing._in_words_of(ax, labels)
        legend = ax.get_legend()
        texts = [ax.xaxis.label, ax.yaxis.label, *ax.texts, *(legend.get_texts() if legend else [])]
        lines = [line for text in texts for line in text.get_text().splitlines()]
        assert lines
        assert all(re.fullmatch(r"<.*>( \d+)?|\d+", line) for line in lines), lines


def test_many_curves_are_one_picture():
    few, many = (
        drawing.drawn("x", lambda ax, n=n: [ax.plot(k / np.arange(1, 401), color="k") for k in range(n)])
        for n in (5, 100)
    )
    assert "data:image/png" not in few
    assert "data:image/png" in many
    assert len(many) < 200_000


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
