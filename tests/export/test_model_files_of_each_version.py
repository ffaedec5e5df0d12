"""A model file that was written once can be read for good: one regressor and one classifier of each version.

`python -m tests.export.test_model_files_of_each_version` writes the files of the current version, and never those of an
older one.
"""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glassnet import GlassNetClassifier, GlassNetRegressor, load
from glassnet.export.model_file import FORMAT_VERSION

from ..table.cases import mixed

FILES = Path(__file__).parent / "files"
NAMES = sorted(path.stem for path in FILES.glob("*.glassnet"))
TINY = {"hidden_layer_sizes": (4,), "n_members": 2, "max_iter": 5, "n_iter_no_change": math.inf, "random_state": 0}
# Written in float32, whose last bits depend on the processor: 1e-6 is eight roundings of the largest number.
CLOSE = {"rtol": 1e-6, "atol": 1e-6}


def rows_of(told):
    """The rows of a file, as they came: numbers, or a table of mixed columns."""
    if isinstance(told, list):
        return np.array(told)
    frame = pd.DataFrame(told)
    return frame.assign(sold=pd.to_datetime(frame["sold"]))


def answers(model, rows):
    if isinstance(model, GlassNetClassifier):
        return {"predict": model.predict(rows), "predict_proba": model.predict_proba(rows)}
    return {"predict": model.predict(rows), "predict_interval": model.predict_interval(rows, 0.8)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore:.* was written by glassnet:UserWarning")
def test_a_model_of_any_version_predicts_what_it_did_when_it_was_written(name):
    told = json.loads((FILES / f"{name}.json").read_text(encoding="utf-8"))
    model = load(FILES / f"{name}.glassnet")
    found = answers(model, rows_of(told["rows"]))
    for kind, expected in told["answers"].items():
        if kind == "predict" and isinstance(model, GlassNetClassifier):
            assert found[kind].tolist() == expected
        else:
            np.testing.assert_allclose(found[kind], expected, **CLOSE)


def test_the_current_version_has_its_files():
    assert {f"v{FORMAT_VERSION}-regressor", f"v{FORMAT_VERSION}-classifier"} <= set(NAMES)


def write_files():
    """A model, rows, and what it said of them."""
    rng = np.random.default_rng(0)
    X = np.round(rng.normal(size=(60, 3)), 3)
    regressor = GlassNetRegressor(**TINY).fit(X, np.round(X @ [1.0, -2.0, 0.5] + 3, 3))
    frame = mixed(60).drop(columns=["street", "price"])
    frame["size"] = frame["size"].round(3)
    classifier = GlassNetClassifier(**TINY).fit(frame, np.array(["no", "perhaps", "yes"])[np.arange(60) % 3])
    table = json.loads(frame.head(12).to_json(date_format="iso"))
    for model, rows in (
        (regressor, X[:12].tolist()),
        (classifier, {name: list(of.values()) for name, of in table.items()}),
    ):
        kind = "regressor" if model is regressor else "classifier"
        stem = FILES / f"v{FORMAT_VERSION}-{kind}"
        model.save(stem.with_suffix(".glassnet"))
        said = {name: found.tolist() for name, found in answers(model, rows_of(rows)).items()}
        stem.with_suffix(".json").write_text(json.dumps({"rows": rows, "answers": said}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    FILES.mkdir(exist_ok=True)
    write_files()
