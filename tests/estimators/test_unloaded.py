import subprocess
import sys

from glassnet.estimators.unloaded import unloaded


def test_a_module_that_stood_aside_is_the_module_for_whoever_uses_it():
    sys.modules.pop("wave", None)
    with unloaded("wave"):
        import wave as aside

        assert type(aside).__name__ == "_StandIn"
    import wave

    assert aside is not wave
    assert aside.open is wave.open


def test_what_is_taken_out_inside_loads_the_module_at_once():
    sys.modules.pop("wave", None)
    with unloaded("wave"):
        from wave import Wave_read

        assert sys.modules["wave"].Wave_read is Wave_read
    assert sys.modules["wave"].Wave_read is Wave_read


def test_loaded_and_unknown_modules_are_left_alone():
    with unloaded("sys", "a_module_that_nobody_has"):
        assert sys.modules["sys"] is sys
        assert "a_module_that_nobody_has" not in sys.modules


def test_an_error_inside_leaves_nothing_behind():
    sys.modules.pop("wave", None)
    try:
        with unloaded("wave"):
            raise KeyError
    except KeyError:
        pass
    assert "wave" not in sys.modules


def test_estimators_load_what_they_need_and_the_rest_still_works():
    code = """
import sys
import glassnet
glassnet.GlassNetRegressor, glassnet.GlassNetClassifier
slow = {"scipy.stats", "scipy.optimize", "pandas", "sklearn.linear_model", "sklearn.model_selection"}
assert not slow & set(sys.modules), slow & set(sys.modules)
import pandas, scipy.stats
assert pandas.DataFrame({"x": [1.0]}).shape == (1, 1) and scipy.stats.norm.cdf(0) == 0.5
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
