"""The mathematics of one network, in NumPy: written to be read.

In come an architecture, the vector theta, and rows X with targets Y; out go activations, deltas, the loss and its
gradient. Everything faster in this package is held equal to this folder by tests. Read `backprop.py` first, then
`architecture.py`.
"""
