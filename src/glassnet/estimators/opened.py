"""The trained networks themselves, to be read and played with."""

from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from ..network.arrays import Array
from ..network.network import Network
from .fitted import Fitted, read_only
from .given import Given
from .inside import Inside, network_of
from .members import Ensemble
from .run import Run
from .traced import Traced

if TYPE_CHECKING:
    from ..doctor.findings import Findings
    from .importances import Importances


class Opened(Inside, Traced):
    """What an estimator shows of its networks."""

    _fitted: Ensemble
    _runs: tuple[Run, ...]

    @property
    def coefs_(self) -> list[Array]:
        """Weights of the network that takes raw columns and answers in the units of y: W^2, ..., W^L; to be read."""
        return [read_only(W) for W in self._folded("coefs_").folded()[0]]

    @property
    def intercepts_(self) -> list[Array]:
        """The biases that go with `coefs_`: b^2, ..., b^L; to be read."""
        return [read_only(b) for b in self._folded("intercepts_").folded()[1]]

    @property
    def network_(self) -> Network:
        """The trained network itself, the first of several; it sees standardised columns and targets; a copy."""
        return self.networks_[0]

    @property
    def networks_(self) -> list[Network]:
        """The trained networks of all members, which see standardised columns and targets; copies to play with."""
        check_is_fitted(self)
        return [network_of(run) for run in self._runs]

    def diagnose(
        self, X: Any = None, y: Any = None, sample_weight: Any = None, *, groups: Any = None, exposure: Any = None
    ) -> "Findings":
        """What is wrong with this model or its table, in words, each with its numbers, its cause and what to do.

        Without rows it looks at the learning curves. With rows X and y, those of `fit` or others, it looks at neurons,
        steps, columns and errors too. Rows of `fit` in their order are recognised (where there are validation rows),
        and each is then judged by the member that had not seen it. docs/doctor.md lists all that is looked for.

        sample_weight, groups, exposure
            As `fit` had them.

        Returns
        -------
        Findings
            A sequence of `Finding` that prints as text and has `to_json()`; empty if all is well.

        Raises
        ------
        InputError
            If rows come without targets or cannot be used; it names row and column.

        Examples
        --------
        >>> from sklearn.datasets import make_friedman1
        >>> from glassnet import GlassNetRegressor
        >>> X, y = make_friedman1(n_samples=300, noise=0.5, random_state=0)
        >>> X[:, 9] = y
        >>> model = GlassNetRegressor(max_iter=30, random_state=0).fit(X, y)
        >>> worst = model.diagnose(X, y)[0]
        >>> worst.id, worst.where
        ('leak', 'column 9')
        """
        from ..doctor.checks import diagnose  # a model hands itself to the right, as it does in save

        check_is_fitted(self)
        return diagnose(self, Given(X, y, sample_weight, groups, exposure))

    def importances(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        groups: Any = None,
        *,
        exposure: Any = None,
        scoring: Any = None,
        n_repeats: int = 5,
        random_state: Any = 0,
    ) -> "Importances":
        """How much each column of X matters: how much worse predictions get when its values are shuffled.

        Rows of `fit` in their order are recognised, and each is then predicted by the member that has not learnt from
        it; a column is shuffled within the rows that a member held out. All other rows are predicted by all members.
        Columns that tell the same share their importance, since each can stand in for the other. It takes n_repeats
        predictions of the table for each column.

        Parameters
        ----------
        sample_weight, groups, exposure
            As `fit` had them.
        scoring : str, callable or None
            A score of scikit-learn's. None is the root mean square error in the units of y, for classes the log loss,
            for several quantiles the pinball loss.
        n_repeats : int
            How often each column is shuffled.

        Returns
        -------
        Importances
            With `importances_mean`, `importances_std` (n_columns,) and `importances` (n_columns, n_repeats), as
            scikit-learn's `permutation_importance` has them; prints as a table. Columns that are left out have 0.

        Raises
        ------
        InputError
            If the rows cannot be used; it names row and column.

        Examples
        --------
        >>> import numpy as np
        >>> from glassnet import GlassNetRegressor
        >>> X = np.random.default_rng(0).normal(size=(300, 3))
        >>> y = 3 * X[:, 0] - X[:, 1]
        >>> found = GlassNetRegressor(n_members=3, max_iter=20, random_state=0).fit(X, y).importances(X, y)
        >>> [int(j) for j in np.argsort(-found.importances_mean)], found.held_out
        ([0, 1, 2], True)
        """
        from .importances import importances_of  # it takes scikit-learn's inspection along, which few need

        check_is_fitted(self)
        return importances_of(self, Given(X, y, sample_weight, groups, exposure), scoring, n_repeats, random_state)

    def _folded(self, name: str) -> Fitted:
        check_is_fitted(self)
        fitted = self._fitted.first
        if len(self._runs) > 1:
            raise AttributeError(f"{name} belongs to one network, and here are {len(self._runs)}. Read networks_.")
        if fitted.architecture.has_bins or fitted.inputs.clips:
            raise AttributeError(
                f"{name} takes raw columns, which this network sees bent by scaling='robust' or bins. Read network_, "
                "or train with scaling='standard' and bins=0."
            )
        return fitted
