import numpy as np
import pandas as pd

from glassnet.training.history import History


def test_a_history_is_a_frame_with_a_row_per_epoch():
    history = History()
    for epoch in range(3):
        history.extend(train_loss=[1 / (epoch + 1)], gradient_norm=[2.0], learning_rate=[0.1], seconds=[epoch])
    frame = pd.DataFrame(history.as_dict())
    assert frame.shape == (3, 4)
    assert list(frame["train_loss"]) == [1, 1 / 2, 1 / 3]
    assert len(history) == 3


def test_curves_that_start_late_or_pause_have_nan_there():
    history = History()
    history.extend(train_loss=[4, 3], seconds=[-1, 0])
    history.extend(train_loss=[2], validation_loss=[5], seconds=[1])
    history.extend(train_loss=[1], seconds=[2])
    assert np.array_equal(history.validation_loss, [np.nan, np.nan, 5, np.nan], equal_nan=True)
    assert {len(values) for values in history.as_dict().values()} == {4}
