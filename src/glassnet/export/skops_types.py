"""The types of glassnet that skops meets in a fitted model: what `skops.io.load(file, trusted=TRUSTED)` may be told.

All hold numbers, names and texts. `model.save` and `glassnet.load` need no such list, for their file holds no types.
"""

from typing import Any

from ..engine.program import Program
from ..estimators.classifier import GlassNetClassifier
from ..estimators.fitted import Fitted
from ..estimators.intervals import Residuals
from ..estimators.members import Ensemble
from ..estimators.regressor import GlassNetRegressor
from ..estimators.run import Run
from ..estimators.spread import Scaled, Spread
from ..network.architecture import Architecture
from ..network.losses import LOSSES
from ..network.optimizers import Optimizer
from ..network.penalty import Penalty
from ..table.bins import Bins
from ..table.choices import Choice
from ..table.dates import Dates
from ..table.encoder import TableEncoder
from ..table.levels import Levels
from ..table.numbers import Booleans, Numbers
from ..table.standardizer import Standardizer
from ..table.target_means import TargetMeans
from ..table.targets import TargetScale
from ..training.course import Outcome
from ..training.history import History
from ..training.learner import Learner

_TYPES: tuple[type[Any], ...] = (
    *(GlassNetRegressor, GlassNetClassifier, Ensemble, Fitted, Residuals, Run, Scaled, Spread),
    *(Program, Architecture, Optimizer, Penalty, *LOSSES.values()),
    *(TableEncoder, Choice, Numbers, Booleans, Dates, Levels, TargetMeans),
    *(Standardizer, Bins, TargetScale, History, Learner, Outcome),
)
TRUSTED = sorted(f"{kind.__module__}.{kind.__qualname__}" for kind in _TYPES)
