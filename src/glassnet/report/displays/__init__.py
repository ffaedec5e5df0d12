"""Every plot of the report by itself, in the style of scikit-learn's displays.

In comes a fitted model, or numbers that were kept (`from_estimator` and `from_...`); out goes a figure. Nothing here
trains. Read `learning_curves.py` first; `axes.py` has what all share.
"""
