"""What is written: golden files for reviewers, and a text that depends on nothing but the program."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from glassnet.engine.program import Program
from glassnet.engine.writer import forward_program, write_epochs, write_forward, write_full_gradient
from glassnet.errors import SettingError
from glassnet.network.architecture import Architecture
from glassnet.network.losses import CrossEntropy, Huber
from glassnet.network.optimizers import Optimizer
from glassnet.network.penalty import Penalty

from .programs import programs

GOLDEN = Path(__file__).parent / "golden"
WRITTEN = {
    "8-50-1_per_sample.py": write_epochs(Program(Architecture((8, 50, 1)), per_sample=True)),
    "16-64-64-1_adam_dropout.py": write_epochs(
        Program(Architecture((16, 64, 64, 1), "mish", 0.2), Huber(), Optimizer("adam"), Penalty(1e-4))
    ),
    "717-128-64-10_momentum.py": write_epochs(
        Program(
            Architecture((717, 128, 64, 10), output_activation="softmax"),
            CrossEntropy(),
            Optimizer("momentum", max_norm=3.0),
            weighted=True,
        )
    ),
    "100-256-256-1_per_sample.py": write_epochs(Program(Architecture((100, 256, 256, 1)), per_sample=True)),
    "12-40-30-3_halves_adam_dropout.py": write_epochs(
        Program(
            Architecture((12, 40, 30, 3), "mish", 0.2, output_activation="softmax"),
            CrossEntropy(),
            Optimizer("adam"),
            is_shared=True,
        )
    ),
    "bins_64-1_adamw_ntk.py": write_epochs(
        Program(
            Architecture((10, 64, 1), "mish", bins=(0, 0, 8)),
            optimizer=Optimizer("adamw", parametrization="ntk"),
            is_open=True,
        )
    ),
    "bins_8-1_adam_signs.py": write_epochs(
        Program(Architecture((10, 8, 1), "softplus", bins=(0, 0, 8), signs=(1, 0, 1)), optimizer=Optimizer("adam"))
    ),
    "bins_8-6-2_forward.py": write_forward(
        forward_program(Architecture((10, 8, 6, 2), ["mish", "relu"], 0.1, bins=(0, 0, 8)), "float32")
    ),
    "3-4-1_full_gradient.py": write_full_gradient(Program(Architecture((3, 4, 1), "tanh"), dtype="float64")),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_written_code_is_the_golden_file(name):
    """After an intended change: python -m tests.engine.test_writer writes the golden files anew."""
    assert WRITTEN[name] == (GOLDEN / name).read_text(encoding="utf-8")


@given(program=programs())
def test_strengths_do_not_change_the_text(program):
    optimizer = replace(program.optimizer, momentum=0.5, beta_1=0.8, beta_2=0.9, epsilon=1e-3)
    assert write_epochs(replace(program, optimizer=optimizer)) == write_epochs(program)


def test_tables_of_all_shapes_in_bins_share_one_text():
    shapes = (0, 0, 32), (5, 7, 7, 9), (0, 0, 0)
    nets = [Architecture((sum(max(T, 1) for T in bins), 8, 1), bins=bins) for bins in shapes]
    for optimizer in (
        Optimizer("adam", parametrization="ntk", scale_rate=6.0),
        Optimizer("adamw", weight_decay=0.1, max_norm=1.0),
        Optimizer("nesterov", parametrization="ntk"),
    ):
        assert len({write_epochs(Program(net, optimizer=optimizer)) for net in nets}) == 1


def test_an_open_program_has_one_text_for_all_rates_of_dropout_and_decay():
    programs = [
        Program(Architecture((5, 8, 4, 1), dropout=rates, bins=(0, 4)), optimizer=Optimizer(weight_decay=decay))
        for rates, decay in ((0.0, 0.0), (0.2, 0.1), ((0.0, 0.3), 0.0))
    ]
    assert len({write_epochs(replace(program, is_open=True)) for program in programs}) == 1
    assert len({write_epochs(program) for program in programs}) == 3


def test_constraints_of_all_kinds_share_one_text():
    nets = [Architecture((4, 8, 1), signs=signs, bins=(0, 3)) for signs in ((1, 1), (0, -1), (None, 0))]
    first, second, third = (write_epochs(Program(net)) for net in nets)
    assert first == second == third


def test_no_constraints_are_not_written():
    free, none, some = (Program(Architecture((2, 3, 1), signs=signs)) for signs in ((), (0, 0), (1, 0)))
    assert write_epochs(none) == write_epochs(free)
    assert none.settings.tobytes() == free.settings.tobytes()
    assert "lower" not in write_epochs(free)
    assert "lower" in write_epochs(some)


def test_a_penalty_of_zero_is_not_written():
    program = Program(Architecture((2, 3, 1)))
    assert "alpha" not in write_epochs(program)
    assert "alpha" in write_epochs(replace(program, penalty=Penalty(alpha=0.1)))


def test_a_batch_goes_through_matrix_products_and_one_row_through_loops():
    program = Program(Architecture((8, 50, 1)))
    assert "product(A1, W2, A2)" in write_epochs(program)
    assert "product(" not in write_epochs(replace(program, per_sample=True))


@pytest.mark.parametrize(
    ("sizes", "per_sample", "is_asked"),
    [((3, 4, 1), False, True), ((3, 256, 256, 1), True, True), ((3, 256, 64, 1), True, False), ((3, 1), True, False)],
)
def test_the_widest_vectors_are_for_batches_and_for_single_rows_of_wide_layers(sizes, per_sample, is_asked):
    text = write_epochs(Program(Architecture(sizes), per_sample=per_sample))
    assert ("\n    widest_vectors()\n" in text) == is_asked


@given(program=programs())
def test_settings_hold_a_number_for_every_name_that_the_text_reads(program):
    text, numbers, net = write_epochs(program), program.numbers(), program.architecture
    bins, limits = net.bins, np.concatenate(net.bounds) if net.signs else ()
    assert all(f"settings[{k}]" in text for k in range(len(numbers)))
    assert f"settings[{len(numbers)}]" not in text
    assert any(
        f"settings[{len(numbers)}:{end}]" in text for end in ("", " settings.shape[0] - 2 * theta.shape[0]")
    ) == bool(bins)
    np.testing.assert_array_equal(program.settings, [*numbers.values(), *(T for T in bins if T), *limits])
    assert program.settings.dtype == np.float64


def test_a_loss_that_does_not_go_with_the_output_is_refused():
    with pytest.raises(SettingError, match="has the output activation 'softmax' built in"):
        Program(Architecture((2, 3)), CrossEntropy())


if __name__ == "__main__":
    for file_name, text in WRITTEN.items():
        (GOLDEN / file_name).write_text(text, encoding="utf-8")
