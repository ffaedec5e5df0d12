import pytest

from glassnet import load
from glassnet.engine.program import Program
from glassnet.engine.writer import write_epochs, write_full_gradient
from glassnet.estimators.state import program_of
from glassnet.network.architecture import Architecture
from glassnet.network.losses import CrossEntropy, Pinball
from glassnet.network.optimizers import Optimizer
from glassnet.network.penalty import Penalty


def test_the_tutorials_network_is_written_as_the_engine_writes_it(glassnet):
    words = ("--batch-size", "1", "--solver", "sgd", "--momentum", "0", "--alpha", "0")
    program = Program(Architecture((8, 50, 1)), per_sample=True)
    assert glassnet("code", "8-50-1", *words) == type(glassnet("info"))(0, write_epochs(program), "")


@pytest.mark.parametrize(
    ("words", "program"),
    [
        (("3-4-1",), Program(Architecture((3, 4, 1)), optimizer=Optimizer("adam"))),
        (
            ("3-4-5-2", "--activation", "tanh", "mish", "--dropout", "0.1", "0", "--dtype", "float64", "--l1", "1"),
            Program(
                Architecture((3, 4, 5, 2), ("tanh", "mish"), (0.1, 0)), optimizer=Optimizer("adam"),
                penalty=Penalty(l1=1), dtype="float64",
            ),
        ),
        (
            ("3-4-2", "--loss", "quantile", "--quantile", "0.1", "0.9", "--weighted"),
            Program(
                Architecture((3, 4, 2)), Pinball((0.1, 0.9)), Optimizer("adam"), weighted=True
            ),
        ),
        (
            ("3-4-5", "--classes"),
            Program(
                Architecture((3, 4, 5), output_activation="softmax"), CrossEntropy(), optimizer=Optimizer("adam")
            ),
        ),
    ],
)  # fmt: skip
def test_flags_shape_the_source(glassnet, words, program):
    answer = glassnet("code", *words)
    assert (answer.code, answer.out, answer.err) == (0, write_epochs(program), "")


def test_lbfgs_has_the_gradient_of_all_rows(glassnet):
    program = Program(Architecture((3, 4, 1)), dtype="float64")
    assert glassnet("code", "3-4-1", "--solver", "lbfgs").out == write_full_gradient(program)


def test_a_model_shows_its_own_source(glassnet, model):
    answer = glassnet("code", model)
    assert answer.out == write_epochs(program_of(load(model)))
    assert answer.out.startswith('"""The network bins-3-1, written out by glassnet')


def test_json_holds_the_source(glassnet):
    facts = glassnet("code", "8-50-1", "--json").facts
    assert (facts["network"], facts["parameters"]) == ("8-50-1", 501)
    assert facts["source"] == glassnet("code", "8-50-1").out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("8",), 7, "error[E701]: '8' does not exist\n"),
        (("8-0-1",), 2, "error[E301]: sizes=(8, 0, 1) is not a network\n"),
        (("none.glassnet",), 7, "error[E701]: 'none.glassnet' does not exist\n"),
        (("3-4-1", "--activation", "rleu"), 2, "Did you mean 'relu'?"),
        (("3-4-1", "--dropout", "0.1", "0.2"), 2, "--dropout 0.1 0.2 has 2 entries, but the network has 1 hidden"),
        (("3-4-1", "--loss", "quantile", "--quantile", "0.1", "0.9"), 2, "1 outputs cannot hold 2 quantiles"),
        (("3-4-1", "--loss", "huber", "--classes"), 2, "error[E302]: --loss has no meaning for classes\n"),
    ],
)
def test_what_is_no_network_is_refused(glassnet, words, code, says):
    answer = glassnet("code", *words)
    assert (answer.code, answer.out) == (code, "")
    assert says in answer.err
    assert glassnet("code", *words, "--json").error["exit"] == code


def test_a_model_has_settings_of_its_own(glassnet, model):
    answer = glassnet("code", model, "--batch-size", "1")
    assert answer.code == 2
    assert answer.err == (
        "error[E303]: --batch-size goes with sizes such as 8-50-1, and houses.glassnet has settings of its own\n"
        "  -> leave the flag out\n"
    )
