import pytest
from sklearn.utils.estimator_checks import (
    check_sample_weight_equivalence_on_dense_data,
    check_sample_weight_equivalence_on_sparse_data,
    parametrize_with_checks,
)

from glassnet import TEXTBOOK, GlassNetClassifier, GlassNetRegressor

from .cases import ONE

KINDS = [GlassNetRegressor, GlassNetClassifier]
SUBSETS = ("check_methods_subset_invariance", "check_methods_sample_order_invariance")
WEIGHTS = ("check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data")

DEFAULTS = {"max_iter": 50, "bins": 32, "dropout": 0.1}  # the recipe, shorter and without trials
SHORT = ONE | {"max_iter": 40, "learning_rate_init": 0.01}  # some checks ask for quality on 200 to 300 rows
DROPOUT = {"hidden_layer_sizes": 30, "dropout": 0.1, "input_dropout": 0.01, **SHORT}
LBFGS = ONE | {"hidden_layer_sizes": 10, "solver": "lbfgs", "max_iter": 10}
SETTINGS = [DEFAULTS, DROPOUT, TEXTBOOK | {"max_iter": 4}, LBFGS]


def known_failures(estimator):
    """The checks that ask for 7 equal digits where float32 or the order of steps cannot give them, and why."""
    if estimator.solver == "lbfgs":
        return {}
    if estimator.n_members != 1:
        why = "a row that stands there twice falls into two folds, a row of weight 2 into one"
    elif estimator.dropout not in (0.0, "auto"):
        why = "masks belong to places in the batch, so a row that stands there twice has two masks"
    elif estimator.batch_size == 1:
        why = "one step of weight 2 ends elsewhere than two steps, the second of which sees what the first has changed"
    else:
        why = "equal but for float32 rounding; the test below asks for the same 7 digits in float64"
    rounding = "predicted in float32: BLAS rounds a row alone and among others differently, in the 7th digit"
    return dict.fromkeys(WEIGHTS, why) | ({} if estimator.batch_size == 1 else dict.fromkeys(SUBSETS, rounding))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # short runs on purpose
@pytest.mark.filterwarnings("ignore::glassnet.errors.DataWarning")  # some checks hand in constant columns
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(
    [kind(**settings) for settings in SETTINGS for kind in KINDS],
    expected_failed_checks=known_failures,
    xfail_strict=False,  # whether float32 rounding shows in the 7th digit is luck
)
def test_keeps_the_rules_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_weight_2_is_a_row_twice_when_a_step_uses_all_rows(kind, solver):
    model = kind(**ONE | {"hidden_layer_sizes": 10, "solver": solver, "alpha": 1.0, "max_iter": 40, "dtype": "float64"})
    check_sample_weight_equivalence_on_dense_data(kind.__name__, model)
    check_sample_weight_equivalence_on_sparse_data(kind.__name__, model)


def test_neither_estimator_claims_what_it_cannot_do():
    regressor, classifier = (kind().__sklearn_tags__() for kind in KINDS)
    for tags in (regressor, classifier):
        assert tags.input_tags.sparse
        assert tags.input_tags.allow_nan
        assert tags.input_tags.string
        assert not tags.array_api_support
        assert not tags.non_deterministic
        assert tags.target_tags.required
    assert regressor.target_tags.multi_output
    assert not regressor.regressor_tags.poor_score
    assert classifier.classifier_tags.multi_label
    assert classifier.classifier_tags.multi_class
