"""How a network learns: epochs, learning rates, when to stop, and what is remembered.

In come a program and rows of numbers; out go the trained theta and the history of its training. Read `trainer.py`
first, then `learner.py`, which runs one epoch.
"""
