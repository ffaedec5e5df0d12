"""The trained networks themselves, to be read and played with."""

from ..network.arrays import Array
from ..network.network import Network
from .fitted import Fitted, read_only
from .inside import Inside, network_of
from .members import Ensemble
from .run import Run
from .traced import Traced


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
        return [network_of(run) for run in self._runs]

    def _folded(self, name: str) -> Fitted:
        fitted = self._fitted.first
        if len(self._runs) > 1:
            raise AttributeError(f"{name} belongs to one network, and here are {len(self._runs)}. Read networks_.")
        if fitted.bins is not None or fitted.inputs.clips:
            raise AttributeError(
                f"{name} takes raw columns, which this network sees bent by scaling='robust' or bins. Read network_, "
                "or train with scaling='standard' and bins=0."
            )
        return fitted
