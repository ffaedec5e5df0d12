import numpy as np
import pytest

from glassnet.export.skops_types import TRUSTED

from ..table.cases import mixed
from .scored import MODELS, NUMBERS, N, hostile, model_of, odd

io = pytest.importorskip("skops.io")


@pytest.mark.parametrize("name", MODELS)
def test_the_list_names_every_type_in_a_model_and_the_model_comes_back(name):
    model = model_of(name)
    data = io.dumps(model)
    assert set(io.get_untrusted_types(data=data)) <= set(TRUSTED)
    again = io.loads(data, trusted=TRUSTED)
    X = {"odd columns": odd, "hostile names": hostile}.get(name, lambda: mixed(N))()
    X = X if hasattr(model, "feature_names_in_") else X.to_numpy() if name == "rows without names" else NUMBERS
    assert np.array_equal(again.predict(X), model.predict(X))


def test_the_list_names_our_types_alone():
    assert all(name.startswith("glassnet.") for name in TRUSTED)
    assert len(set(TRUSTED)) == len(TRUSTED)
