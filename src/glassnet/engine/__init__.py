"""The same mathematics written out and compiled for exactly one network.

In comes a program (architecture, loss, optimizer, penalty); out goes a function that runs one epoch of training,
straight loops with every size a literal. `writer.py` writes its source, `compiler.py` makes it fast: read them in this
order, and `glassnet code 8-50-1` shows the result.
"""
