"""The doctor: says in words what is wrong with a training run.

In come a fitted estimator and, if there are any, rows of a table; out come findings, each with its numbers, its cause
and what to do. Read `checks.py` first, the list of all that is looked for.
"""
