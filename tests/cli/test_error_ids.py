"""Every error id: how one comes to it, the text that is shown, and the exit code."""

import errno
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import glassnet
from glassnet import Network
from glassnet.cli import app
from glassnet.cli.error_ids import MEANINGS
from glassnet.errors import InputError
from glassnet.export import deploy, model_file
from glassnet.export.claim import claimed
from glassnet.export.run_folder import METRICS
from glassnet.network.trace import StepTrace

from .conftest import LONE, QUICK

SOURCE = Path(glassnet.__file__).parent
EXIT = {"E0": 1, "E1": 3, "E2": 3, "E3": 2, "E4": 4, "E5": 5, "E7": 7}
TARGET = ("--target", "price")
PRICE = ("houses.csv", *TARGET, "--drop", "city", "weight")
SMALL = (*QUICK, "--n-members", "1", "--dropout", "0", "--bins", "0")
PREDICT = ("predict", "houses.glassnet", "houses.csv")


@dataclass(frozen=True)
class Case:
    """words : the command. says : what stands behind the id, with dots for any text. before : what is done first."""

    words: tuple
    says: str
    before: object = lambda world: None
    needs_model: bool = field(default=False)


@dataclass(frozen=True)
class World:
    """Where a case happens."""

    houses: object
    glassnet: object
    monkeypatch: object
    request: object

    def table(self, **columns):
        """houses.csv with other columns."""
        self.houses.assign(**columns).to_csv("houses.csv", index=False)

    def model_with(self, change):
        """houses.glassnet with other tensors and another description."""
        with safe_open("houses.glassnet", framework="numpy") as file:
            facts = json.loads(file.metadata()["glassnet"])
        tensors = load_file("houses.glassnet")
        change(facts, tensors)
        save_file(tensors, "houses.glassnet", {"glassnet": json.dumps(facts)})

    def run(self, *words):
        """A run in the folder `run`."""
        answer = self.glassnet("train", *PRICE, *SMALL, "-o", "run", *words)
        assert answer.code == 0, answer.err

    def raises(self, error):
        """The command itself raises this."""

        def fail(words):
            raise error

        self.monkeypatch.setattr(app, "_call", fail)


def written(name, content):
    return lambda world: Path(name).write_bytes(content.encode() if isinstance(content, str) else content)


def trained(*words, table="houses.csv", target="price"):
    return ("train", table, "--target", target, *SMALL, *words)


def changed(**columns):
    return lambda world: world.table(**{name: value(world.houses) for name, value in columns.items()})


def gap(houses, name):
    return [None, *houses[name][1:]]


def other_columns(world):
    Path("parts").mkdir()
    world.houses.to_parquet("parts/1.parquet")
    world.houses.drop(columns="age").to_parquet("parts/2.parquet")


def no_end(world):
    world.run()
    Path("run", METRICS).unlink()


def no_model(world):
    world.run()
    Path("run", "model.glassnet").unlink()


def array_model(world):
    X = world.houses[["size", "age"]].to_numpy(float)
    model = glassnet.GlassNetRegressor(hidden_layer_sizes=3, max_iter=2, n_members=1, bins=0, dropout=0)
    model.set_params(n_iter_no_change=np.inf).fit(X, world.houses["price"]).save("houses.glassnet")
    world.houses[["size", "age"]].assign(size=[np.inf, *world.houses["size"][1:]]).to_csv("houses.csv", index=False)


def huge_weights(world):
    def change(facts, tensors):
        for name in tensors:
            if name.endswith("theta"):
                tensors[name][:] = 1e38

    world.model_with(change)


def newer(facts, tensors):
    facts["format_version"] = 999


def cut(facts, tensors):
    tensors["0.theta"] = tensors["0.theta"][:-1].copy()


def nan(facts, tensors):
    tensors["0.theta"][0] = np.nan


def long_class(world):
    world.table(city=["x" * 5000 if city == "Kent" else city for city in world.houses["city"]])
    assert world.glassnet(*trained(*LONE, target="city")).code == 0


def unsavable(world):
    def fail(facts):
        raise TypeError("a set")

    world.monkeypatch.setattr(model_file, "to_json", fail)


def wrong_export(world):
    right = deploy.TARGETS["numpy"]

    def wrong(scorer, trial):
        data, found, tested = right(scorer, trial)
        return data, found * 1.001, tested

    world.monkeypatch.setitem(deploy.TARGETS, "numpy", wrong)


def full(world):
    world.monkeypatch.setattr(app, "_drop_stdout", lambda: None)
    world.raises(OSError(errno.ENOSPC, "No space left on device"))


def taken(world):
    world.run()
    claim = claimed(Path("run"))
    claim.__enter__()
    world.request.addfinalizer(lambda: claim.__exit__(None, None, None))


def other_settings(world):
    world.run("--keep-checkpoint", "--eta", "0.01")


def trace_of(world):
    network = Network([2, 3, 1])
    return network, network.trace_step(np.ones((1, 2)), np.ones(1))


def python(call):
    """What Python raises, told as the command line would."""

    def before(world):
        with pytest.raises(InputError) as reason:
            call(*trace_of(world))
        world.raises(reason.value)

    return before


def committed_twice(network, trace):
    trace.commit()
    trace.commit()


CASES = {
    "E000": Case(("info",), "a fault of glassnet: ZeroDivisionError: x", lambda w: w.raises(ZeroDivisionError("x"))),
    "E101": Case(trained(table="house.csv"), "there is no file house.csv\n  Did you mean 'houses.csv'?"),
    "E102": Case(trained(table="t.csv"), "t.csv is empty", written("t.csv", "")),
    "E103": Case(trained(table="t.csv"), "t.csv holds a header and no rows", written("t.csv", "a,price\n")),
    "E104": Case(trained(table="t.csv"), "t.csv has 1 row", written("t.csv", "a,price\n1,2\n")),
    "E105": Case(trained(table="t.csv"), "t.csv, line 2: expected 2 fields, found 3", written("t.csv", "a,b\n1,2,3\n")),
    "E106": Case(trained(table="t.csv"), "t.csv is not UTF-8 text", written("t.csv", b"a,b\n1,\x81\n")),
    "E107": Case(trained(table="f"), "f is a folder without Parquet files", lambda world: Path("f").mkdir()),
    "E108": Case(trained(table="parts"), "columns differ: 'age' is in one of", other_columns),
    "E109": Case(trained(table="t.pdf"), "t.pdf is of an unknown kind: .pdf", written("t.pdf", "%PDF")),
    "E110": Case(("report", "run"), "run/metrics.json cannot be read: No such file", no_end),
    "E111": Case(("report", "."), ". is no run folder"),
    "E201": Case(trained(target="prize"), "column 'prize' is not in houses.csv\n  columns: size, age, garden, city"),
    "E202": Case(trained("--types", "city=number"), "column 'city' is read as numbers, and holds the text 'Kent'"),
    "E203": Case(trained(), "target 'price' has no value in row 1", changed(price=lambda h: gap(h, "price"))),
    "E204": Case(trained(table="t.csv"), "t.csv has two columns named 'a'", written("t.csv", "a,a\n1,2\n")),
    "E205": Case(trained(), "column 'price' is infinite in row 1", changed(price=lambda h: [np.inf, *h["price"][1:]])),
    "E206": Case(trained("--features", "price"), "column 'price' is the target and cannot be an input or dropped"),
    "E210": Case(
        trained("--task", "regression", target="city"),
        "target 'city' holds text (3 different values), regression needs numbers\n"
        "  first values: 'Kent', 'Oslo', 'Rome'",
    ),
    "E211": Case(trained("--loss", "poisson"), "y is -1.0 in row 1, but --loss poisson", changed(price=lambda h: -1)),
    "E212": Case(trained(target="city"), "target 'city' is 'x' in every row", changed(city=lambda h: "x")),
    "E213": Case(
        trained(target="city"),
        "class 'Oslo' has only one row",
        changed(city=lambda h: ["Oslo", *["Kent"] * (len(h) - 1)]),
    ),
    "E214": Case(trained("--time-column", "city"), "time column 'city' holds neither dates nor numbers"),
    "E215": Case(
        ("evaluate", "houses.glassnet", "new.csv", "--target", "city"),
        "the target is 'Paris' in row 1, a class that the model does not know",
        lambda w: (
            w.glassnet(*trained(*LONE, target="city")),
            w.houses.assign(city="Paris").to_csv("new.csv", index=False),
        ),
    ),
    "E220": Case(PREDICT, "Input X contains infinity in row 1, column 0", array_model),
    "E230": Case(trained("--weights", "age"), "weights 'age': the column is 0 in every row", changed(age=lambda h: 0)),
    "E231": Case(trained(), "the target holds numbers so large", changed(price=lambda h: h["price"] * 1e300)),
    "E232": Case(
        ("predict", "m.glassnet", "houses.csv"),
        "X is 1e+300 in row 1, column 0, too far from the mean",
        lambda w: (
            w.glassnet("train", *PRICE, *SMALL, "--scaling", "standard", "-o", "m.glassnet"),
            w.table(size=[1e300, *w.houses["size"][1:]]),
        ),
    ),
    "E240": Case(("info",), "the trace has no stage 'no' of layer 2", python(lambda _, trace: trace.stage("no", 2))),
    "E241": Case(
        ("info",),
        "this trace was read from a file",
        python(lambda network, trace: StepTrace.from_json(trace.to_json()).commit()),
    ),
    "E242": Case(("info",), "this step cannot be committed", python(committed_twice)),
    "E243": Case(("info",), "this is no trace of glassnet", python(lambda *_: StepTrace.from_json("{}"))),
    "E300": Case(("trian",), 'Unknown command "trian"\n  Did you mean "train"?'),
    "E301": Case(trained("--time-limit", "soon"), "--time-limit soon is no time\n  -> write 90, 90s, 10m or 1h30m"),
    "E302": Case(trained("--class-weight", "balanced"), "--class-weight has no meaning for regression"),
    "E303": Case(
        ("code", "houses.glassnet", "--batch-size", "1"), "--batch-size goes with sizes such as 8-50-1",
        needs_model=True,
    ),
    "E304": Case(
        ("report", "run"),
        'glassnet report needs the extra "report"\n  -> pip install "glassnet[report]"',
        lambda w: (w.run(), w.monkeypatch.setattr("glassnet.cli.report.find_spec", lambda name: None)),
    ),
    "E305": Case(
        ("export", "houses.glassnet", "--to", "c"), "the text 'probability_xxxxxxx", long_class
    ),
    "E306": Case(trained("--config", "none.toml"), "--config none.toml: there is no such file"),
    "E307": Case(("evaluate", *PREDICT[1:], *TARGET, "--fail-if", "r2"), "--fail-if 'r2' is no condition"),
    "E308": Case(("runs", "show"), "runs show takes 1 run folder, and here are 0"),
    "E309": Case(("runs", "remove", "run"), "nothing was removed", lambda world: world.run()),
    "E310": Case(("train", "--resume", "none"), "--resume none: this is no run folder"),
    "E311": Case(
        ("explain", *PREDICT[1:], *TARGET, "--row", "41"), "--row 41 is no row of houses.csv, which has 40",
        needs_model=True,
    ),
    "E312": Case(("explain", *PREDICT[1:], "--row", "1"), "which column of houses.csv is the", needs_model=True),
    "E401": Case(trained("--solver", "sgd", "--eta", "1e30"), "training diverged in epoch "),
    "E402": Case(PREDICT, "the answer for row 1 is not a finite number", huge_weights, needs_model=True),
    "E501": Case(trained("-o", "no/m.glassnet"), "there is no folder "),
    "E502": Case(trained("-o", "run"), "run exists already\n  -> it holds a run; --force overwrites it", World.run),
    "E503": Case(trained(*LONE), "this model cannot be written to a file: a set", unsavable),
    "E504": Case((*PREDICT, "-o", "houses.csv"), "houses.csv is what this command reads", needs_model=True),
    "E505": Case(("info",), "the output cannot be written: No space left on device", full),
    "E506": Case(
        ("export", "houses.glassnet", "--to", "numpy"),
        "the NumPy export does not agree with predict",
        wrong_export,
        needs_model=True,
    ),
    "E507": Case(trained("-o", "run", "--force"), "run is being written by another process\n  -> wait", taken),
    "E701": Case(PREDICT, "'houses.glassnet' does not exist"),
    "E702": Case(PREDICT, "'houses.glassnet' is no model file", written("houses.glassnet", "a" * 100)),
    "E703": Case(PREDICT, "'houses.glassnet' is damaged: it is empty", written("houses.glassnet", "")),
    "E704": Case(PREDICT, "'houses.glassnet' has format version 999", lambda w: w.model_with(newer), needs_model=True),
    "E705": Case(PREDICT, "'houses.glassnet' does not fit together", lambda w: w.model_with(cut), needs_model=True),
    "E706": Case(
        PREDICT,
        "'houses.glassnet' holds numbers in 'theta' that are not finite",
        lambda w: w.model_with(nan),
        needs_model=True,
    ),
    "E707": Case(
        ("train", "--resume", "run", "--eta", "0.5"), "'...' belongs to a fit with other settings", other_settings,
    ),
    "E710": Case(
        ("predict", "houses.glassnet", "t.csv"),
        "columns differ: t.csv has no 'size', 'age', 'garden'",
        written("t.csv", "a\n1\n"),
        needs_model=True,
    ),
    "E711": Case(("predict", "run", "houses.csv"), "the run run has no model", no_model),
}  # fmt: skip


def test_every_id_of_the_source_has_one_meaning_and_one_case():
    files = [file for file in SOURCE.rglob("*.py") if file.name != "error_ids.py"]
    raised = {
        found for file in files for found in re.findall(r"(?:\"|error\[)(E\d{3})\b", file.read_text(encoding="utf-8"))
    }
    assert raised == set(MEANINGS) == set(CASES)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("error_id", CASES)
def test_an_error_has_its_text_and_its_exit_code(glassnet, houses, monkeypatch, request, error_id):
    case = CASES[error_id]
    if case.needs_model:
        assert glassnet("train", *PRICE, *SMALL, *LONE).code == 0
    case.before(World(houses, glassnet, monkeypatch, request))
    answer = glassnet(*case.words)
    assert answer.code == EXIT[error_id[:2]]
    assert answer.out == "" or case.words[0] == "train"  # which shows what it has read
    assert re.search(re.escape(f"error[{error_id}]: {case.says}").replace(r"\.\.\.", ".*"), answer.err), answer.err
    assert "Traceback" not in answer.err
    if error_id == "E505":  # stdout is what cannot be written
        return
    as_json = glassnet(*case.words, "--json")
    assert (as_json.code, as_json.error["id"], as_json.error["exit"]) == (answer.code, error_id, answer.code)
    assert as_json.err == ""
