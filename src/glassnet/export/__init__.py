"""A trained model leaves the process, and comes back.

In comes a fitted estimator; out goes a file that holds the network, its scaling and its settings, and no training rows.
Read `model_file.py` first; `plain.py` is how settings become JSON, `atomic.py` how a file is replaced in one step.
"""
