import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from glassnet.errors import SettingError
from glassnet.export.skl2onnx_converter import register

from .scored import MEMBERS, NUMBERS, TARGET, GlassNetClassifier, GlassNetRegressor, N, mixed, model_of, short

skl2onnx = pytest.importorskip("skl2onnx")
runtime = pytest.importorskip("onnxruntime")
TARGETS = {
    "a number": (GlassNetRegressor, TARGET),
    "two numbers": (GlassNetRegressor, np.c_[TARGET, -TARGET]),
    "three classes": (GlassNetClassifier, np.arange(N) % 3),
    "texts": (GlassNetClassifier, np.array(["a", "b"])[np.arange(N) % 2]),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", TARGETS)
def test_a_pipeline_is_converted_with_our_estimator_at_its_end(name, dtype):
    kind, y = TARGETS[name]
    register()
    X = NUMBERS.astype(dtype)
    with short():
        pipeline = make_pipeline(StandardScaler(), kind(**MEMBERS)).fit(X, y)
    model = skl2onnx.to_onnx(pipeline, X[:1]).SerializeToString()
    session = runtime.InferenceSession(model, providers=["CPUExecutionProvider"])
    first, *rest = session.run(None, {"X": X})
    if kind is GlassNetRegressor:
        assert np.allclose(first, pipeline.predict(X), rtol=1e-4)
    else:
        assert np.array_equal(first, pipeline.predict(X))
        assert np.allclose(rest[0], pipeline.predict_proba(X), atol=1e-4)


def test_a_table_of_mixed_columns_is_refused_in_words():
    register()
    with pytest.raises(SettingError, match=r"Use glassnet\.export_model"):
        skl2onnx.to_onnx(model_of("two classes"), mixed(N).iloc[:1, :1].astype(float))
