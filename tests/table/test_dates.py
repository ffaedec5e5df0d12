import numpy as np
import pandas as pd
import pytest

from glassnet.table.dates import CYCLES, Dates
from glassnet.table.frames import read_frame

HOURS = pd.date_range("2019-12-30 05:00", periods=9000, freq="h")


def seconds(dates):
    return read_frame(pd.DataFrame({"c": dates})).columns[0].values


def test_cycles_are_those_of_the_calendar():
    shares = {name: share(seconds(HOURS)) for name, share in CYCLES.items()}
    np.testing.assert_allclose(shares["month"] * 12 + 1, HOURS.month)
    np.testing.assert_allclose(shares["weekday"] * 7, HOURS.day_of_week, atol=1e-12)  # 0 is Monday
    np.testing.assert_allclose(shares["hour"] * 24, HOURS.hour, atol=1e-12)
    before = pd.date_range("1899-12-30 05:00", periods=900, freq="h")
    np.testing.assert_allclose(CYCLES["weekday"](seconds(before)) * 7, before.day_of_week, atol=1e-12)


@pytest.mark.parametrize(
    ("dates", "cycles"),
    [
        (HOURS, ("month", "weekday", "hour")),
        (pd.date_range("2020", periods=400, freq="D"), ("month", "weekday")),
        (pd.date_range("2020-01-06", periods=90, freq="7D"), ("month",)),
        (pd.to_datetime(["2020-01-06", "2020-01-13"]), ()),
    ],
)
def test_only_cycles_that_vary_are_used(dates, cycles):
    part = Dates.fit(seconds(dates), np.ones(len(dates)))
    assert part.cycles == cycles
    assert (
        part.transform(seconds(dates)).shape == (len(dates), 1 + 2 * len(cycles)) == (len(dates), len(part.outputs()))
    )


def test_time_runs_on_and_cycles_come_back():
    part = Dates.fit(seconds(HOURS), np.ones(len(HOURS)))
    out = part.transform(seconds(HOURS))
    assert (np.diff(out[:, 0]) > 0).all()
    np.testing.assert_allclose(out[0, 3:], out[7 * 24, 3:], atol=1e-12)
    np.testing.assert_allclose(np.hypot(out[:, 1::2], out[:, 2::2]), 1)


def test_a_gap_stands_in_the_middle_of_time_and_nowhere_in_a_cycle():
    dates = HOURS[:50].to_series().where(np.arange(50) > 5)
    part = Dates.fit(seconds(dates), np.ones(50))
    assert [what for _, what in part.outputs()] == ["number", "indicator", *["cycle"] * 6]
    assert part.transform(np.array([np.nan])).tolist() == [[0, 1, *[0] * 6]]
