import os
import re
import signal
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassnet import load
from glassnet.cli.progress import TrainingProgress
from glassnet.estimators.parameters import SETTINGS
from glassnet.estimators.textbook import TEXTBOOK

from .conftest import LONE, QUICK

GOLDEN = Path(__file__).parent / "golden"
PRICE = ("houses.csv", "--target", "price", "--drop", "city", "weight")
CITY = ("houses.csv", "--target", "city", "--drop", "weight")


NUMBER = re.compile(r"( *)((?:(?<!\w)-)?(?<![A-Za-z])\d+(?: \d{3})*(?:\.\d+)?(?:e[+-]\d+)?)(?!\w)")


def masked(text):
    """The text with a sign for every number; in a column, which is set to the right, it ends where the number did."""

    def mask(found):
        blanks, number = found.groups()
        return " " * (len(blanks + number) - 1) + "#" if len(blanks) > 1 else f"{blanks}#"

    return NUMBER.sub(mask, re.sub(r"runs/[-\d]+_\d+_", "runs/DATE_TIME_", text))


# ---- What is shown ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("regression", (*PRICE, *QUICK)),
        ("classification", (*CITY, *QUICK)),
        ("quantiles", (*PRICE, *QUICK, "--loss", "quantile", "--quantile", "0.1", "0.9")),
        ("early_stopping", (*PRICE, *QUICK, "--early-stopping", "--validation-fraction", "0.2")),
        ("verbose", (*PRICE, *QUICK, "-v")),
        ("mixed", ("mixed.csv", "--target", "price", "--drop", "weight", *QUICK, "--column-kinds", "age=category")),
        ("no_test", (*PRICE, *QUICK, "--test", "0", "-o", "other.glassnet")),
    ],
)
def test_a_session_looks_as_it_always_did(glassnet, houses, name, words):
    sold = pd.date_range("2026-01-01", periods=40, freq="D").strftime("%d.%m.%Y")
    mixed = houses.assign(id=np.arange(40), street=[f"Street {k}" for k in range(40)], sold=sold)
    mixed.to_csv("mixed.csv", index=False)
    answer = glassnet("train", *words)
    assert answer.code == 0
    shown = f"{masked(answer.out)}---- stderr\n{masked(answer.err)}"
    file = GOLDEN / f"train_{name}.txt"
    if os.environ.get("GLASSNET_NEW_GOLDEN"):
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


def test_what_deserves_a_look_is_shown(glassnet, houses):
    houses.assign(same=5, code=[1e20, *houses["age"][1:]]).to_csv("odd.csv", index=False)
    answer = glassnet("train", "odd.csv", "--target", "price", "--drop", "city", *QUICK)
    assert answer.code == 0
    assert re.search(r"\n  same +number +0   is 5 in every row, so it carries no information\.\n", answer.out)
    assert re.search(r"\n  code +number +0   is 1e\+20 in row 1, so large that", answer.out)
    assert re.search(
        r"\n  price +TARGET \(number\) +0   regression, since 'price' holds numbers; metrics below in its own units\n",
        answer.out,
    )
    assert "\n  -> wrong guess?  --types " in answer.out


def test_of_a_wide_table_only_the_columns_to_look_at_are_shown(glassnet, houses):
    wide = houses.assign(**{f"n{k}": houses["age"] + k for k in range(25)}, same=5)
    wide.to_csv("wide.csv", index=False)
    words = ("wide.csv", "--target", "price", "--drop", "city", *QUICK, "--n-members", "1", "--bins", "0")
    words += ("--dropout", "0")
    answer = glassnet("train", *words)
    assert re.search(r"\n  same +number +0   is 5 in every row", answer.out)
    assert "\n  n3 " not in answer.out
    assert "\n  (29 more columns with nothing to remark; -v shows all)\n" in answer.out
    answer = glassnet("train", *words, "-v")
    assert "\n  n3 " in answer.out
    assert "more column" not in answer.out


def test_a_table_of_mixed_columns_goes_all_the_way(glassnet, houses):
    words = ("--drop", "weight", "--column-kinds", "age=number", *QUICK)
    houses.loc[3:8, "city"], houses.loc[5, "size"] = None, np.inf
    houses.to_csv("mixed.csv", index=False)
    answer = glassnet("train", "mixed.csv", "--target", "price", *words, "--json", "-o", "mixed.glassnet")
    assert answer.facts["network"]["sizes"][1:] == [3, 1]
    assert answer.facts["network"]["members"] == 5
    assert set(answer.facts["test"]) == {"this model", "straight line", "mean"}
    assert glassnet("predict", "mixed.glassnet", "mixed.csv").out.count("\n") == 41
    houses.astype({"size": object}).assign(size=["1.5", "big"] * 20).to_csv("mixed.csv", index=False)
    answer = glassnet("predict", "mixed.glassnet", "mixed.csv")
    assert (answer.code, answer.out) == (3, "")
    assert "error[E202]: column 'size' is read as numbers, and holds the text 'big' in row 2\n" in answer.err
    assert answer.err.endswith("train again with --column-kinds size=category.\n")


@pytest.mark.parametrize("kinds", [2, 3])
def test_classes_of_a_table_of_mixed_columns_have_baselines(glassnet, houses, kinds):
    houses.assign(kind=np.array([*"abc"])[np.arange(40) % kinds], street=[f"s{k // 3}" for k in range(40)]).to_csv(
        "c.csv"
    )
    answer = glassnet("train", "c.csv", "--target", "kind", "--drop", "weight", *QUICK, "--json")
    assert set(answer.facts["test"]) == {"this model", "logistic regression", "most frequent"}


def test_a_target_of_few_numbers_is_asked_about(glassnet, houses):
    houses.assign(price=houses["age"] % 3).to_csv("houses.csv", index=False)
    answer = glassnet("train", *PRICE, *QUICK)
    assert "! target 'price' has 3 different values only: if classes, --task classification\n" in answer.err


def test_constant_columns_and_a_constant_target_are_said_and_not_refused(glassnet, houses):
    houses.assign(price=7, size=1, age=1, garden=True).to_csv("houses.csv", index=False)
    answer = glassnet("train", *PRICE, *QUICK)
    assert answer.code == 0
    assert "! target 'price' is 7 in every row" in answer.err
    assert "! every column to predict from is constant" in answer.err


def test_an_error_far_larger_than_the_others_is_told(glassnet, houses):
    houses, n = pd.concat([houses] * 3, ignore_index=True), 3 * len(houses)
    odd = houses.assign(price=houses["price"].where(np.arange(n) < n - 1, 1e9), sold=range(n))
    odd.to_csv("houses.csv", index=False)
    answer = glassnet("train", *PRICE, *QUICK, "--time-column", "sold", "--test", "0.5")
    assert re.search(r"! 1 row of the test has an error above [\d ]+, 5 times the RMSE\n", answer.err)
    assert "times the RMSE" not in glassnet("train", *PRICE, *QUICK, "--time-column", "sold", "--test", "0").err


def test_a_note_about_training_speaks_of_flags(glassnet, houses):
    answer = glassnet("train", *PRICE, "--hidden", "3", "--epochs", "5", "--eta", "0.01")
    assert "! Maximum iterations (5) reached" in answer.err
    assert "Set a larger --max-iter, or --n-iter-no-change inf" in answer.err


def test_quiet_shows_warnings_only(glassnet, houses):
    assert glassnet("train", *PRICE, *QUICK, "-q") == type(glassnet("info"))(0, "", "")
    words = ("--hidden", "3", "--epochs", "5", "--eta", "0.01", "-q")
    assert glassnet("train", *PRICE, *words).err.startswith("! Maximum")


def test_names_with_control_characters_cannot_steer_the_terminal(glassnet, houses):
    houses.rename(columns={"age": "a\x1b[31m", "price": "p\x07"}).to_csv("h\x1b[0m.csv", index=False)
    for extra in ((), ("-v",), ("--features", "none")):
        answer = glassnet("train", "h\x1b[0m.csv", "--target", "p\x07", "--drop", "city", *QUICK, *extra)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", answer.out + answer.err)
        assert "\\x1b" in answer.out + answer.err


# ---- What is done ----------------------------------------------------------------------------------------------------


def test_the_model_is_what_python_would_have_trained(glassnet, houses):
    from sklearn.model_selection import train_test_split

    from glassnet import GlassNetRegressor

    assert glassnet("train", *PRICE, *QUICK, "--eta", "0.01", "--seed", "3", *LONE).code == 0
    X = houses[["size", "age", "garden"]].astype(float)
    rows, _ = train_test_split(np.arange(40), test_size=6, random_state=3)
    expected = GlassNetRegressor(
        hidden_layer_sizes=3, max_iter=5, n_iter_no_change=np.inf, learning_rate_init=0.01, random_state=3
    ).fit(X.iloc[np.sort(rows)], houses["price"].iloc[np.sort(rows)])
    assert load("houses.glassnet").predict(X).tolist() == expected.predict(X).tolist()


def test_the_test_part_is_never_trained_on(glassnet, houses):
    facts = glassnet("train", *PRICE, *QUICK, "--json", *LONE).facts
    before = load("houses.glassnet")
    from sklearn.model_selection import train_test_split

    _, test = train_test_split(np.arange(40), test_size=facts["split"]["test"], random_state=0)
    houses.loc[test, "price"] *= 1000
    houses.to_csv("houses.csv", index=False)
    glassnet("train", *PRICE, *QUICK, *LONE)
    X = houses[["size", "age", "garden"]].astype(float)
    assert load("houses.glassnet").predict(X).tolist() == before.predict(X).tolist()


def test_classes_keep_their_shares_in_both_parts(glassnet, houses):
    houses.assign(city=["rare"] * 8 + ["common"] * 32).to_csv("houses.csv", index=False)
    facts = glassnet("train", *CITY, *QUICK, "--test", "0.25", "--json").facts
    assert facts["test"]["most frequent"]["accuracy"] == 0.8
    assert facts["split"] == {"train": 30, "test": 10, "seed": 0}


def test_weights_reach_the_network_the_baselines_and_the_scores(glassnet, houses):
    plain = glassnet("train", *PRICE, *QUICK, "--json").facts
    words = ("houses.csv", "--target", "price", "--drop", "city", "--weights", "weight")
    weighted = glassnet("train", *words, *QUICK, "--json").facts
    assert weighted["features"] == plain["features"] == ["size", "age", "garden"]
    for who in ("this model", "straight line", "mean"):
        assert weighted["test"][who]["RMSE"] != plain["test"][who]["RMSE"]


def test_the_baselines_are_those_of_scikit_learn(glassnet, houses):
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import train_test_split

    scores = glassnet("train", *PRICE, *QUICK, "--json").facts["test"]
    train, test = train_test_split(np.arange(40), test_size=6, random_state=0)
    X, y = houses[["size", "age", "garden"]].astype(float), houses["price"]
    line = LinearRegression().fit(X.iloc[train], y[train])
    expected = np.abs(line.predict(X.iloc[test]) - y[test]).mean()
    assert scores["straight line"]["MAE"] == pytest.approx(expected, rel=2e-12, abs=0)  # 50 seeds: at most 16 % of it
    expected = np.abs(y[train].mean() - y[test]).mean()
    assert scores["mean"]["MAE"] == pytest.approx(expected, rel=2e-15, abs=0)  # 50 seeds: at most 17 % of it


def test_settings_are_kept_in_the_model(glassnet, houses):
    glassnet("train", *PRICE, "--textbook", "--hidden", "3", "2", "--epochs", "2", "--class-weight", "balanced", *LONE)
    assert not Path("houses.glassnet").exists()  # class_weight has no meaning for regression
    assert glassnet("train", *PRICE, "--textbook", "--hidden", "3", "2", "--epochs", "2", *LONE).code == 0
    model = load("houses.glassnet")
    assert model.hidden_layer_sizes == (3, 2)
    expected = {name: setting.default for name, setting in SETTINGS.items()} | TEXTBOOK
    for name in ("solver", "momentum", "batch_size", "alpha", "initialization", "learning_rate_init", "dtype"):
        assert getattr(model, name) == expected[name]
    assert glassnet("train", *CITY, "--class-weight", "balanced", *QUICK, *LONE).code == 0
    assert load("houses.glassnet").class_weight == "balanced"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--class-weight", "balanced"), "--class-weight has no meaning for regression"),
        (("--task", "classification", "--loss", "huber"), "--loss has no meaning for classification"),
    ],
)
def test_a_setting_of_the_other_task_is_refused(glassnet, houses, words, says):
    houses.assign(price=houses["age"] % 2).to_csv("houses.csv", index=False)
    answer = glassnet("train", *PRICE, *words)
    assert answer.code == 2
    assert answer.err.startswith(f"error[E302]: {says}\n")


def test_json_is_one_document_and_nothing_else(glassnet, houses):
    answer = glassnet("train", *PRICE, "--hidden", "3", "--epochs", "5", "--json", *LONE)
    assert answer.err == ""
    facts = answer.facts
    assert facts["command"] == "train"
    assert facts["table"] == {"name": "houses.csv", "rows": 40, "columns": list(houses.columns), "bad_rows": 0}
    assert (facts["target"], facts["task"], facts["model"]) == ("price", "regression", "houses.glassnet")
    n_inputs, *later = facts["network"]["sizes"]
    assert later == [3, 1]
    assert facts["network"]["parameters"] == 3 * (n_inputs + 1) + 3 + 1
    assert facts["network"]["settings"]["max_iter"] == 5
    assert facts["training"]["epochs"] == 5
    assert set(facts["test"]) == {"this model", "straight line", "mean"}
    assert set(facts["test"]["mean"]) == {"RMSE", "MAE", "R2"}
    assert facts["notes"] == []


def test_a_score_that_is_no_number_is_null_in_json(glassnet, houses):
    facts = glassnet("train", *PRICE, *QUICK, "--test", "0.01", "--json").facts
    assert facts["split"]["test"] == 1
    assert facts["test"]["this model"]["R2"] is None
    assert re.search(r"\n  R2( +-){3}\n", glassnet("train", *PRICE, *QUICK, "--test", "0.01").out)


def test_a_table_from_stdin(glassnet, stdin, houses):
    stdin(houses.to_csv(index=False))
    answer = glassnet("train", "-", *PRICE[1:], *QUICK)
    assert answer.code == 0
    assert answer.out.startswith("Reading stdin ..........")
    assert re.search(r"\nWrote runs/[-\d_]+_model/ ", answer.out)


@pytest.mark.parametrize(("table", "name"), [("h.tsv.gz", "h"), ("h.parquet", "h"), ("a.b.csv", "a.b")])
def test_the_run_is_named_after_the_table(glassnet, houses, table, name):
    if table.endswith("parquet"):
        houses.to_parquet(table)
    else:
        houses.to_csv(table, index=False, sep="\t" if ".tsv" in table else ",")
    run = Path(glassnet("train", table, *PRICE[1:], *QUICK, "--json").facts["run"])
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d_\d{{4}}_{re.escape(name)}", run.name)


def test_bad_rows_are_counted(glassnet, houses):
    with open("houses.csv", "a") as file:
        file.write("1,2,3,4,5,6,7,8\n")
    answer = glassnet("train", *PRICE, *QUICK)
    assert answer.code == 3
    assert answer.err.startswith(
        "error[E105]: houses.csv, line 42: expected 6 fields, found 8\n  42: 1,2,3,4,5,6,7,8\n"
    )
    answer = glassnet("train", *PRICE, *QUICK, "--skip-bad-rows")
    assert answer.code == 0
    assert "! 1 bad row of houses.csv dropped\n" in answer.err


# ---- What is refused -------------------------------------------------------------------------------------------------


def test_a_model_file_that_was_named_is_overwritten_without_a_question(glassnet, houses):
    Path("houses.glassnet").write_text("old")
    assert glassnet("train", *PRICE, *QUICK, *LONE).code == 0
    assert load("houses.glassnet").n_features_in_ == 3


@pytest.mark.parametrize(
    ("path", "error_id", "says"),
    [
        ("none/m.glassnet", "E501", "there is no folder"),
        (".", "E502", "exists already"),
        ("houses.csv", "E501", "cannot be written: File exists"),
        ("houses.csv/run", "E501", "cannot be written: Not a directory"),
        ("link.glassnet", "E504", "is what this command reads"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_training(glassnet, houses, monkeypatch, path, error_id, says):
    os.link("houses.csv", "link.glassnet")
    monkeypatch.setattr(TrainingProgress, "setup", lambda *_: pytest.fail("training began"))
    answer = glassnet("train", *PRICE, *QUICK, "-o", path)
    assert (answer.code, answer.out) == (5, "")
    assert answer.err.startswith(f"error[{error_id}]: ")
    assert says in answer.err
    assert glassnet("train", *PRICE, *QUICK, "-o", path, "--json").error["id"] == error_id


def test_divergence_has_its_own_exit_code_and_leaves_no_model(glassnet, houses):
    answer = glassnet("train", *PRICE, *QUICK, "--solver", "sgd", "--eta", "1e30", *LONE)
    assert answer.code == 4
    assert "error[E401]: training diverged in epoch " in answer.err
    assert "Each step overshoots: learning rate 1e+30, stability limit about " in answer.err
    assert "-> Try --learning-rate-init 0.0" in answer.err
    assert not Path("houses.glassnet").exists()
    answer = glassnet("train", *PRICE, *QUICK, "--solver", "sgd", "--eta", "1e30", "--json")
    assert (answer.code, answer.err, answer.error["id"]) == (4, "", "E401")


def test_a_target_that_the_loss_is_not_defined_for_is_named_by_its_row(glassnet, houses):
    houses.loc[4, "price"] = -1
    houses.to_csv("houses.csv", index=False)
    answer = glassnet("train", *PRICE, *QUICK, "--loss", "poisson")
    assert answer.code == 3
    assert answer.err.startswith(
        "error[E211]: y is -1.0 in row 5, but --loss poisson needs targets that are 0 or more\n"
    )


@pytest.mark.parametrize(
    ("cities", "words", "says"),
    [
        (["Kent"] * 39 + ["Oslo"], (), "class 'Oslo' has only one row, which cannot be both learnt and tested"),
        ([f"c{k // 2}" for k in range(40)], (), "a test part of 6 of 40 rows cannot hold rows of all 20 classes"),
    ],
)
def test_classes_that_cannot_be_in_both_parts_are_refused(glassnet, houses, cities, words, says):
    houses.assign(city=cities).to_csv("houses.csv", index=False)
    answer = glassnet("train", *CITY, *QUICK, *words)
    assert answer.code == 3
    assert answer.err.startswith(f"error[E213]: {says}\n")
    assert glassnet("train", *CITY, *QUICK, "--test", "0").code == 0


def test_too_few_rows_to_test_are_refused(glassnet, houses):
    houses[:2].to_csv("houses.csv", index=False)
    answer = glassnet("train", *PRICE, *QUICK)
    assert answer.code == 3
    assert answer.err.startswith("error[E104]: 2 rows are too few to keep 1 aside for the test and train on the rest\n")


def test_every_error_of_the_data_parses_as_json(glassnet, houses):
    Path("empty.csv").touch()
    for words, error_id in (
        (("empty.csv", "--target", "y"), "E102"),
        (("none.csv", "--target", "y"), "E101"),
        (("houses.csv", "--target", "prize"), "E201"),
        (("houses.csv", "--target", "price", "--column-kinds", "city=number"), "E202"),
        (("houses.csv", "--target", "city", "--task", "regression"), "E210"),
    ):
        answer = glassnet("train", *words, "--json")
        assert (answer.code, answer.err) == (3, "")
        assert answer.error["id"] == error_id
        assert answer.error["fix"]


# ---- Ctrl-C ----------------------------------------------------------------------------------------------------------


def press_ctrl_c(monkeypatch, at_epochs):
    """Raise the signal at the end of these epochs."""
    end, done = TrainingProgress.on_fit_task_end, []

    def press(self, estimator, context, *, fitted_estimator=None):
        if context.task_name == "epoch":
            done.append(1)
            for _ in range(at_epochs.count(len(done))):
                signal.raise_signal(signal.SIGINT)
                while not self.stop_asked:  # the first thread hears it in its own time
                    pass
        return end(self, estimator, context, fitted_estimator=fitted_estimator)

    monkeypatch.setattr(TrainingProgress, "on_fit_task_end", press)
    return done


ONE_FOR_LONG = ("--n-members", "1", "--hidden", "3", "--epochs", "1000", "--patience", "inf")


def test_ctrl_c_finishes_the_epoch_and_saves_what_was_learnt(glassnet, houses, monkeypatch):
    before = signal.getsignal(signal.SIGINT)
    done = press_ctrl_c(monkeypatch, [3])
    answer = glassnet("train", *PRICE, *ONE_FOR_LONG, *LONE)
    assert answer.code == 130
    assert len(done) == 3
    assert "Finishing this epoch, then saving. Ctrl-C again stops at once.\n" in answer.err
    assert re.search(r"Trained in \S+; 3 epochs, stopped by Ctrl-C\.", answer.out)
    assert "Test set" in answer.out
    assert load("houses.glassnet").n_iter_ == 3
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_keeps_the_best_epoch_so_far(glassnet, houses, monkeypatch):
    press_ctrl_c(monkeypatch, [6])
    assert glassnet("train", *PRICE, *ONE_FOR_LONG, "--early-stopping", "--eta", "0.5", *LONE).code == 130
    model = load("houses.glassnet")
    assert len(model.validation_loss_curve_) == 6
    assert model.best_loss_ == min(model.validation_loss_curve_)


def test_the_second_ctrl_c_stops_at_once_and_writes_nothing(glassnet, houses, monkeypatch):
    press_ctrl_c(monkeypatch, [3, 3])
    answer = glassnet("train", *PRICE, "--hidden", "3", "--epochs", "100", "--patience", "inf", *LONE)
    assert answer.code == 130
    assert answer.err.endswith("\nStopped. Nothing was written.\n")
    assert not Path("houses.glassnet").exists()
    for thread in threading.enumerate():  # what was stopped stands still before the next test begins
        if thread is not threading.main_thread():
            thread.join(10)


# ---- The way a beginner goes -----------------------------------------------------------------------------------------


def test_what_is_said_to_be_next_can_be_typed(glassnet):
    answer = glassnet("demo")
    for _ in range(2):
        command = answer.out.rpartition("Next:")[2].split()
        assert command[0] == "glassnet"
        answer = glassnet(*command[1:], *(QUICK if command[1] == "train" else ()))
        assert answer.code == 0
    assert len(pd.read_csv("predictions.csv")) == 442
