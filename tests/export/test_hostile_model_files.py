"""Files that someone has made to do harm: reading ends in our error, and quickly, or in a model that predicts."""

import json
import sys
import warnings
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from glassnet import load
from glassnet.errors import GlassNetError, ModelFileError

from ..table.cases import mixed
from .conftest import plain_python
from .scored import MEMBERS, regressor
from .test_model_files_of_each_version import FILES, rows_of

DEEP = json.loads("[" * 200 + "]" * 200)
HOSTILE = [
    *(None, True, -1, 0, 1, 3, 1.5, 1e308, 10**30, "", "x", "float64", "exp", [], {}, [[]], ["a", "a"], DEEP),
    *({"float": "nan"}, {"float": "inf"}, {"float": "x"}, {"tuple": []}, {"tuple": [1]}, {"tuple": 5}),
    *({"array": ["<f8", []]}, {"array": ["<U99999999", ["a"]]}, {"array": ["|O", [1, None]]}, {"array": 1}),
    *({"dict": [[{"tuple": [1]}, 2]]}, {"dict": [[[1], 2]]}),
]
GONE = object()


def described(path):
    with safe_open(path, framework="numpy") as opened:
        return json.loads(opened.metadata()["glassnet"])


def places(value, place=()):
    """The way to every value in the description; of a list to its first two entries."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(min(len(value), 2)):
            yield (*place, key)
            yield from places(value[key], (*place, key))


def changed(facts, place, value):
    target = facts
    for key in place[:-1]:
        target = target[key]
    if value is GONE:
        del target[place[-1]]
    else:
        target[place[-1]] = value
    return json.dumps(facts)


WHOLE = sorted(FILES.glob("v*.glassnet"))
PLACES = {path: list(places(described(path))) for path in WHOLE}
ROWS = {path: rows_of(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["rows"]) for path in WHOLE}


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile") / "model"


@settings(max_examples=400)
@given(st.data())
def test_any_value_of_the_description_may_be_replaced_by_anything(target, data):
    whole = data.draw(st.sampled_from(WHOLE))
    facts, tensors = described(whole), load_file(whole)
    place = data.draw(st.sampled_from(PLACES[whole]))
    text = changed(facts, place, data.draw(st.sampled_from([*HOSTILE, GONE])))
    save_file(tensors, target, {"glassnet": text})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of another version, of overflow in weights that were changed
        try:
            model = load(target)
        except ModelFileError:
            return
        try:
            model.predict(ROWS[whole])
        except GlassNetError:
            return


@pytest.fixture(scope="module")
def newest(tmp_path_factory):
    """A model with all that a file can hold: learnt spreads, constraints, means of many levels; and its rows."""
    rows = mixed(80).assign(town=[f"town {k % 40}" for k in range(80)])
    settings = MEMBERS | {"monotonic_constraints": {"size": 1}}
    path = tmp_path_factory.mktemp("newest") / "model"
    with plain_python():
        regressor(rows, np.arange(80.0), **settings).save(path)
    return rows, described(path), load_file(path)


TENSORS = [
    lambda t: t[:0],
    lambda t: t[:1],
    lambda t: np.concatenate([t, t[:1]]),
    lambda t: t[None],
    lambda t: t.reshape(-1)[0].reshape(()),
    lambda t: t[::-1],
    lambda t: -t,
    lambda t: np.full_like(t, np.nan),
    lambda t: np.full_like(t, 3e38),
    lambda t: np.zeros_like(t),
    lambda t: t.astype(np.int64),
    lambda t: t > 0,
    lambda t: t.astype(np.float16),
    lambda t: None,
]


def uses(model, rows, again):
    """All that reads what was loaded."""
    yield lambda: model.predict(rows)
    yield lambda: model.predict_interval(rows, 0.8)
    yield lambda: model.predict_interval(rows, 0.8, adaptive=True)
    yield lambda: str(model.columns_)
    yield lambda: model.save(again)


@settings(max_examples=150)
@given(st.data())
def test_any_tensor_or_value_of_the_newest_kind_may_be_replaced_by_anything(newest, target, data):
    rows, facts, tensors = newest
    text, tensors = json.dumps(facts), dict(tensors)
    if data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(tensors)))
        tensors[name] = data.draw(st.sampled_from(TENSORS))(tensors[name])
        other = data.draw(st.sampled_from(["", "0.scores.9.sizes", "0.residuals.x.sizes", "classes"]))
        tensors |= {other: tensors[name]} if other else {}
        tensors = {key: np.ascontiguousarray(tensor) for key, tensor in tensors.items() if tensor is not None}
    else:
        place = data.draw(st.sampled_from(list(places(facts))))
        text = changed(json.loads(text), place, data.draw(st.sampled_from([*HOSTILE, GONE])))
    save_file(tensors, target, {"glassnet": text})
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        with suppress(ModelFileError):
            for use in uses(load(target), rows, target.with_suffix(".again")):
                with suppress(GlassNetError):
                    use()


@contextmanager
def memory_of(n_bytes):
    """No more memory than this beyond what the process has now; only Linux tells and limits it."""
    if sys.platform != "linux":
        yield
        return
    import resource

    with open("/proc/self/statm", encoding="ascii") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        '{"format_version":3,"targets":{},"x":' + "[" * 900 + "]" * 900 + "}",
        '{"format_version":' + "9" * 10_000 + "}",
        '{"format_version":NaN}',
        '{"format_version":3,"targets":{"classes_":{"array":["<U999999999",["a"]]}}}',
        '{"format_version":3,"targets":{"classes_":{"array":["<i999999999",[1]]}}}',
    ],
)
def test_depth_and_length_are_refused_at_once_and_without_memory(text, target):
    save_file(load_file(WHOLE[0]), target, {"glassnet": text})
    with memory_of(2**28), pytest.raises(ModelFileError):
        load(target)


@pytest.mark.parametrize("length", [2**63, 2**40, 100_000_001])
def test_a_header_that_claims_to_be_huge_is_refused_without_memory(length, target):
    target.write_bytes(length.to_bytes(8, "little") + b"{" + b" " * 1000)
    with memory_of(2**28), pytest.raises(ModelFileError):
        load(target)


@pytest.mark.parametrize("change", ["shape", "offsets"])
def test_a_tensor_that_claims_to_be_huge_is_refused_without_memory(change, target):
    content = WHOLE[0].read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header["0.theta"].update(
        {"shape": [2**40]} if change == "shape" else {"data_offsets": [0, 2**42], "shape": [2**40]}
    )
    text = json.dumps(header).encode()
    target.write_bytes(len(text).to_bytes(8, "little") + text + content[8 + length :])
    with memory_of(2**28), pytest.raises(ModelFileError):
        load(target)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_no_tensor_may_hold_what_is_not_finite(wrong, target):
    for name, tensor in load_file(WHOLE[0]).items():
        tensors, facts = load_file(WHOLE[0]), described(WHOLE[0])
        if tensor.dtype.kind == "f":
            tensors[name].flat[0] = wrong
            save_file(tensors, target, {"glassnet": json.dumps(facts)})
            with pytest.raises(ModelFileError):
                load(target)
