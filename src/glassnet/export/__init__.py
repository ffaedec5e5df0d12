"""A trained model leaves the process: as a model file that comes back, or as a scorer that needs no glassnet.

In comes a fitted estimator; out goes a file, with the network, its scaling and its preprocessing, and no training rows.
Read `model_file.py` first for the former, and `run_folder.py` for what else a training run leaves behind. For scorers
read `scorer.py`, which says what all of them compute, `scorer_of.py`, which says it of a model, and `deploy.py`, which
writes them in C, NumPy or ONNX and tests them.
"""
