import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.export.plain import from_json, to_json

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
        | st.dictionaries(st.sampled_from(["float", "tuple", "array", "dict", "dtype"]), inner, max_size=2)
    ),
    max_leaves=12,
)


@given(values)
def test_a_value_comes_back_as_itself(value):
    again = from_json(to_json(value))
    assert again == value
    assert repr(again) == repr(value)  # 1 is not True, and a list is not a tuple


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, 0.1, 5e-324, np.float32(0.1), np.float64(1 / 3)])
def test_a_number_comes_back_with_the_same_bits(number):
    assert repr(from_json(to_json(number))) == repr(float(number))


@pytest.mark.parametrize("array", [np.array(["a", "ü"], object), np.array([1, 2], np.int8), np.array(["x", "yz"])])
def test_an_array_comes_back_with_its_type(array):
    again = from_json(to_json(array))
    assert again.dtype == array.dtype
    assert again.tolist() == array.tolist()


def test_the_text_is_strict_json():
    assert json.loads(to_json({"a": math.inf}), parse_constant=pytest.fail) == {"a": {"float": "inf"}}


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", np.array([1j]), print])
def test_what_is_no_fact_is_refused(value):
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        to_json(value)
