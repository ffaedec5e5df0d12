"""A fit that was killed, however often and whenever, ends with the bits of one that was left alone."""

import contextlib
import copy
import math
import os
import pickle
import signal
import time
import warnings

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file
from sklearn.exceptions import ConvergenceWarning

from glassnet import Checkpoint, GlassNetClassifier, GlassNetRegressor
from glassnet.errors import ModelFileError, OutputError, SettingError
from glassnet.export import checkpoint, checkpoint_file

from ..estimators.cases import ONE

N = 24
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
y = X @ [1.0, -2.0, 0.5] + RNG.normal(size=N)
SMALL = ONE | {"hidden_layer_sizes": (4,), "max_iter": 10, "n_iter_no_change": math.inf, "random_state": 1}
FITS = {
    "one network, dropout": (GlassNetRegressor, SMALL | {"dropout": 0.2, "batch_size": 12, "max_iter": 15}),
    "three members": (GlassNetRegressor, SMALL | {"n_members": 3}),
    "trials, then members": (
        GlassNetRegressor,
        {"n_members": 2, "hidden_layer_sizes": (4,), "bins": 0, "max_iter": 8, "random_state": 1},
    ),
    "classes": (
        GlassNetClassifier,
        SMALL | {"n_members": 2, "early_stopping": True, "learning_rate": "adaptive", "solver": "sgd", "momentum": 0.8},
    ),
}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "run.ckpt"


@pytest.fixture(autouse=True)
def short_fits():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def targets(kind):
    return y if kind is GlassNetRegressor else np.arange(N) % 3


def model_of(name, *callbacks, **settings):
    kind, given = FITS[name]
    return kind(**given | settings).set_callbacks(*callbacks)


def fitted(name, *callbacks, **settings):
    return model_of(name, *callbacks, **settings).fit(X, targets(FITS[name][0]))


def bits(model):
    """All that training has made, the optimizer's memory and the curves included, and nothing that a clock has said."""
    runs = [
        (run.learner.theta.tobytes(), run.learner.memory.tobytes(), run.learner.steps, run.history.validation_loss)
        for run in model._runs
    ]
    return pickle.dumps((runs, model.best_iterations_, model.stop_reason_, model.trials_))


class Ends:
    """A callback that ends a fit after so many epochs in all, as a crash would."""

    def __init__(self, n):
        self.n = n

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch":
            self.n -= 1
            if not self.n:
                raise OSError("the machine has crashed")

    def teardown(self, estimator, context):
        pass


def crashed(name, file, after, **settings):
    with pytest.raises(OSError, match="crashed"):
        fitted(name, Checkpoint(file, every_epochs=1), Ends(after), **settings)


# ---- Killed ----------------------------------------------------------------------------------------------------------


def in_a_child(work):
    """The number of a process that does this work, and nothing else."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)


def ended_by_itself(child, seconds):
    """Whether a process is done after so long; if not it is killed."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            return True
        time.sleep(0.0002)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] != signal.SIGKILL


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # the child of a test runner's process
@pytest.mark.parametrize(("name", "n_kills"), list(zip(FITS, (14, 12, 12, 12), strict=True)))
def test_a_fit_that_is_killed_at_random_moments_ends_with_the_same_bits(name, n_kills, file, tmp_path):
    expected, moments, killed = bits(fitted(name)), np.random.default_rng(), 0

    def work():
        model = fitted(name, Checkpoint(file, every_epochs=1))
        (tmp_path / "result").write_bytes(bits(model))

    begin = time.perf_counter()
    assert ended_by_itself(in_a_child(work), 60)
    whole = time.perf_counter() - begin
    while killed < n_kills:
        (tmp_path / "result").unlink(missing_ok=True)
        while not ended_by_itself(in_a_child(work), moments.uniform(0, whole)):
            killed += 1
        assert (tmp_path / "result").read_bytes() == expected
        assert not list(tmp_path.glob("*run.ckpt*")), "a fit that is done leaves no file, and no half of one"


# ---- What is kept, and when ------------------------------------------------------------------------------------------


def stored(file):
    return checkpoint_file.read(file).networks.values()


@pytest.mark.parametrize("name", FITS)
def test_checkpoints_change_no_bit(name, file):
    assert bits(fitted(name, Checkpoint(file, every_epochs=3))) == bits(fitted(name))
    assert not list(file.parent.iterdir())


def test_a_crash_leaves_the_last_epochs_and_the_one_before(file):
    crashed("one network, dropout", file, after=7)
    assert [kept.facts["epochs"] for kept in stored(file)] == [6]  # the crash came before the seventh was kept
    assert [kept.facts["epochs"] for kept in stored(checkpoint_file.before(file))] == [5]


def test_members_that_are_done_are_not_trained_again(file):
    crashed("three members", file, after=29, n_jobs=1)
    epochs = [kept.facts["epochs"] for kept in stored(file)]  # members take turns, as long as a clock says
    assert max(epochs) == 10  # whatever it says: three of nine epochs would be 27
    assert sum(epochs) in (28, 29)  # the last one ended in the crash, for which callback hears of it first
    seen = Ends(0)  # counts down from 0 and never comes to it again
    model = fitted("three members", Checkpoint(file), seen, n_jobs=1)
    assert -seen.n == 30 - sum(epochs)
    assert bits(model) == bits(fitted("three members"))


def test_a_file_to_be_kept_gives_the_same_model_at_once(file):
    keeping = Checkpoint(file, keep=True)
    first, seen = fitted("three members", keeping), Ends(0)
    again = fitted("three members", keeping, seen)
    assert seen.n == 0
    assert bits(again) == bits(first)


def test_a_fit_that_is_taken_up_goes_on_learning_as_the_other_would(file):
    crashed("one network, dropout", file, after=7)
    models = [fitted("one network, dropout", Checkpoint(file)), fitted("one network, dropout")]
    for model in models:
        model.partial_fit(X, y)
    assert bits(models[0]) == bits(models[1])


def test_without_a_random_state_the_seed_is_kept(file):
    settings = {"random_state": np.random.RandomState(5)}
    whole = fitted("three members", random_state=np.random.RandomState(5))
    crashed("three members", file, after=8, **settings)
    assert bits(fitted("three members", Checkpoint(file), random_state=None)) == bits(whole)


def test_a_callback_that_ends_training_ends_it_for_good_and_the_file_is_removed(file):
    class Enough(Ends):
        def on_fit_task_end(self, estimator, context):
            return context.task_name == "epoch"

    assert fitted("one network, dropout", Checkpoint(file), Enough(0)).n_iter_ == 1
    assert not file.exists()


def test_ctrl_c_leaves_the_file(file):
    class Interrupts(Ends):
        def on_fit_task_end(self, estimator, context):
            with contextlib.suppress(OSError):
                super().on_fit_task_end(estimator, context)
            if context.task_name == "epoch" and not self.n:
                raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted"):
        fitted("one network, dropout", Checkpoint(file, every_epochs=1), Interrupts(6))
    assert bits(fitted("one network, dropout", Checkpoint(file))) == bits(fitted("one network, dropout"))


@pytest.mark.parametrize(
    ("given", "epochs_kept"),
    [
        ({"every_epochs": 4}, [4, 8, 10]),
        ({"every_minutes": 0.05}, [3, 6, 9, 10]),  # each epoch takes a second
        ({"every_epochs": 4, "every_minutes": 0.05}, [3, 6, 9, 10]),
        ({}, [10]),
    ],
)
def test_the_file_is_written_by_epochs_or_minutes_and_at_the_end(given, epochs_kept, file, monkeypatch):
    clock, written = [0.0], []

    class Slow(Ends):
        def on_fit_task_end(self, estimator, context):
            clock[0] += 1.0

    monkeypatch.setattr(checkpoint.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(
        checkpoint_file,
        "write",
        lambda path, contents: written.extend(kept.facts["epochs"] for kept in contents.networks.values()),
    )
    fitted("one network, dropout", Checkpoint(file, **given), Slow(0), max_iter=10)
    assert written == epochs_kept


@pytest.mark.parametrize(
    "given",
    [
        *({"every_epochs": wrong} for wrong in (0, 1.5, "a")),
        *({"every_minutes": wrong} for wrong in (0, math.nan, "a", [1])),
    ],
)
def test_numbers_without_meaning_are_refused(given):
    with pytest.raises(SettingError, match=next(iter(given))):
        Checkpoint("any", **given)


@pytest.mark.parametrize("path", [None, 5, b"fit.ckpt"])
def test_a_path_that_names_no_file_is_refused(path):
    with pytest.raises(SettingError, match=r"^path=.* is not the name of a file\."):
        Checkpoint(path)


def test_a_model_with_a_checkpoint_can_be_copied_and_sent_away(file):
    model = fitted("one network, dropout", Checkpoint(file))
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(twin.predict(X), model.predict(X))


def test_partial_fit_and_lbfgs_keep_nothing_and_go_their_way(file):
    model = model_of("one network, dropout", Checkpoint(file))
    model.partial_fit(X, y).partial_fit(X, y)
    assert model.n_iter_ == 1
    assert fitted("one network, dropout", Checkpoint(file), solver="lbfgs", dropout=0.0).n_iter_ > 0
    assert not file.exists()


# ---- Files that cannot be gone on from -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "settings", "word"),
    [((X**2, y), {}, "rows"), ((X, -y), {}, "rows"), ((X, y), {"alpha": 9.0}, "settings")],
)
def test_the_checkpoint_of_another_fit_is_refused_and_left(rows, settings, word, file):
    crashed("one network, dropout", file, after=5)
    content = file.read_bytes()
    with pytest.raises(ModelFileError, match=f"belongs to a fit with other {word}") as reason:
        model_of("one network, dropout", Checkpoint(file), **settings).fit(*rows)
    assert reason.value.error_id == "E707"
    assert file.read_bytes() == content


def damages(content):
    """The file cut short anywhere, and with any byte changed, in the description and in the numbers."""
    places = np.random.default_rng(0).integers(0, len(content), 60)
    yield from (content[:place] for place in places)
    yield from (content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :] for place in places)
    yield b""


def test_the_one_before_takes_the_place_of_a_damaged_file(file):
    crashed("one network, dropout", file, after=5)
    newest, older = file.read_bytes(), checkpoint_file.before(file).read_bytes()
    for damaged in damages(newest):
        file.write_bytes(damaged)
        checkpoint_file.before(file).write_bytes(older)
        with pytest.warns(UserWarning, match="is damaged. Training goes on from the checkpoint before it"):
            assert [kept.facts["epochs"] for kept in stored(file)] == [3]
        assert file.read_bytes() == older
    assert bits(fitted("one network, dropout", Checkpoint(file))) == bits(fitted("one network, dropout"))


def test_a_process_that_was_killed_between_two_names_has_lost_nothing(file):
    crashed("one network, dropout", file, after=5)
    os.replace(file, checkpoint_file.before(file))
    assert [kept.facts["epochs"] for kept in stored(file)] == [4]


def test_a_damaged_file_without_another_is_refused(file):
    for content in (b"", b"price,size\n1,2\n", b"\x00" * 100):
        file.write_bytes(content)
        with pytest.raises(ModelFileError, match="damaged, or no checkpoint") as reason:
            fitted("one network, dropout", Checkpoint(file))
        assert reason.value.error_id == "E703"
        assert file.read_bytes() == content


def test_a_model_file_is_no_checkpoint_and_is_left(file):
    fitted("one network, dropout").save(file)
    content = file.read_bytes()
    with pytest.raises(ModelFileError, match="safetensors file of another kind") as reason:
        fitted("one network, dropout", Checkpoint(file))
    assert reason.value.error_id == "E702"
    assert file.read_bytes() == content


def test_a_model_file_in_place_of_the_newest_checkpoint_is_left_too(file):
    crashed("one network, dropout", file, after=5)
    fitted("one network, dropout").save(file)
    content = file.read_bytes()
    with pytest.raises(ModelFileError, match="this file is left as it is"):
        fitted("one network, dropout", Checkpoint(file))
    assert file.read_bytes() == content


def test_a_folder_in_place_of_the_newest_checkpoint_is_refused_in_words(file):
    crashed("one network, dropout", file, after=5)
    file.unlink()
    file.mkdir()
    with pytest.raises(ModelFileError, match="is a folder"):
        fitted("one network, dropout", Checkpoint(file))


def test_a_damaged_name_of_an_entry_is_damage_and_no_other_program(file):
    crashed("one network, dropout", file, after=5)
    older = checkpoint_file.before(file).read_bytes()
    for name in (checkpoint_file.KEY, checkpoint_file.HASH):
        crashed("one network, dropout", file, after=5)
        file.write_bytes(file.read_bytes().replace(f'"{name}"'.encode(), f'"X{name[1:]}"'.encode(), 1))
        checkpoint_file.before(file).write_bytes(older)
        with pytest.warns(UserWarning, match="Training goes on from the checkpoint before it"):
            assert len(stored(file)) == 1


def rewritten(file, change):
    with safe_open(file, framework="numpy") as opened:
        tensors, metadata = {name: opened.get_tensor(name) for name in opened.keys()}, opened.metadata()
    text = change(metadata[checkpoint_file.KEY])
    save_file(
        tensors,
        file,
        {checkpoint_file.KEY: text, checkpoint_file.HASH: checkpoint_file._digest(text, tensors)},
    )


def test_a_newer_format_is_refused_and_another_version_warns(file):
    crashed("one network, dropout", file, after=5)
    rewritten(file, lambda text: text.replace('"glassnet":"', '"glassnet":"9.'))
    with pytest.warns(UserWarning, match=r"written by glassnet 9\."):
        assert [kept.facts["epochs"] for kept in stored(file)] == [4]
    rewritten(file, lambda text: text.replace('"format_version":1', '"format_version":2'))
    with pytest.raises(ModelFileError, match="format version 2") as reason:
        checkpoint_file.read(file)
    assert reason.value.error_id == "E704"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "[" * 100_000, '{"format_version":1e999,"versions":{"glassnet":"1"}}']
)
def test_a_description_that_makes_no_checkpoint_is_refused(text, file):
    crashed("one network, dropout", file, after=5)
    checkpoint_file.before(file).unlink()
    rewritten(file, lambda _: text)
    with pytest.raises(ModelFileError) as reason:
        checkpoint_file.read(file)
    assert reason.value.error_id == "E703"


def test_a_place_that_cannot_be_written_is_told_before_any_work(tmp_path):
    seen = Ends(0)
    with pytest.raises(OutputError, match="cannot be written"):
        fitted("one network, dropout", Checkpoint(tmp_path / "no folder" / "run.ckpt"), seen)
    assert seen.n == 0


def test_a_full_disk_is_a_warning_and_training_goes_on(file, monkeypatch):
    write, calls = checkpoint_file.write_atomically, []

    def full(path, data):
        calls.append(path)
        if len(calls) > 1:
            raise OutputError("'run.ckpt' cannot be written: No space left on device.")
        write(path, data)

    monkeypatch.setattr(checkpoint_file, "write_atomically", full)
    with pytest.warns(UserWarning, match=r"was not written, and training goes on: .* No space left"):
        model = fitted("one network, dropout", Checkpoint(file, every_epochs=9))
    assert bits(model) == bits(fitted("one network, dropout"))
