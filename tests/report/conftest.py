import numpy as np
import pytest

from glassnet.report import build_report

from .runs import houses, write_run


@pytest.fixture(scope="package")
def run(tmp_path_factory):
    """The folder of a run that predicts numbers, with its report."""
    return reported(tmp_path_factory, *houses())


@pytest.fixture(scope="package")
def class_run(tmp_path_factory):
    """The folder of a run that tells three classes apart."""
    X, y = houses()
    return reported(tmp_path_factory, X, np.select([y > 2, y < -2], ["dear", "cheap"], "fair").astype(object))


def reported(tmp_path_factory, X, y):
    folder = write_run(tmp_path_factory.mktemp("runs") / "run", X, y)
    build_report(folder)
    return folder
