"""What a scikit-learn user sees: a regressor and a classifier.

In come X and y as the user has them; out go predictions in the units of y, and fitted attributes that end in `_`. Read
`base.py` first, then `parameters.py`, the table of all settings.
"""
