"""Teaches skl2onnx our estimators, so that `skl2onnx.to_onnx` converts pipelines that end with one of them.

Call `register()` once. An estimator in a pipeline gets the numbers that the steps before it make, so this is for models
of plain numbers; `export_model` writes all others, and tests what it writes.
"""

from typing import Any

from ..errors import SettingError
from ..estimators.classifier import GlassNetClassifier
from ..estimators.regressor import GlassNetRegressor
from .onnx_graph import onnx_model
from .scorer import Scorer
from .scorer_of import scorer_of


def register() -> None:
    """Register the converters of GlassNetRegressor and GlassNetClassifier; again, if they were.

    Raises
    ------
    SettingError
        If skl2onnx is not installed.
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError as reason:
        raise SettingError("the converter needs skl2onnx: pip install skl2onnx", error_id="E304") from reason
    for kind in (GlassNetRegressor, GlassNetClassifier):
        update_registered_converter(kind, kind.__name__, _shapes, _convert, overwrite=True)


def _scorer(operator: Any) -> Scorer:
    scorer = scorer_of(operator.raw_operator)
    if scorer.mixed:
        raise SettingError(
            "skl2onnx hands a matrix of numbers to the estimator, and this model takes a table of mixed columns. Use "
            "glassnet.export_model(model, path, to='onnx').",
            error_id="E305",
        )
    return scorer


def _shapes(operator: Any) -> None:
    """The types and shapes of what comes out."""
    from skl2onnx.common.data_types import BooleanTensorType, DoubleTensorType, Int64TensorType, StringTensorType

    scorer, n = _scorer(operator), operator.inputs[0].type.shape[0]
    width = len(scorer.outputs)
    if scorer.answers == "numbers":
        operator.outputs[0].type = DoubleTensorType([n] if width == 1 else [n, width])
        return
    kinds = {bool: BooleanTensorType, int: Int64TensorType, float: DoubleTensorType}
    kind = kinds.get(type(scorer.classes[0]), StringTensorType)
    operator.outputs[0].type = Int64TensorType([n, width]) if scorer.answers == "labels" else kind([n])
    operator.outputs[1].type = DoubleTensorType([n, width])


def _convert(scope: Any, operator: Any, container: Any) -> None:
    """Our whole graph takes the operator's place."""
    import onnx
    from skl2onnx.common.data_types import DoubleTensorType
    from skl2onnx.helpers.integration import add_onnx_graph

    takes = "float64" if isinstance(operator.inputs[0].type, DoubleTensorType) else "float32"
    add_onnx_graph(scope, operator, container, onnx.load_from_string(onnx_model(_scorer(operator), None, takes)))
