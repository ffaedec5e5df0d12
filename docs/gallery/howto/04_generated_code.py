r"""
Read the generated code
=======================

glassnet writes your network out as plain Python, with straight loops and every size as a number, and compiles that.
The code is meant to be read: ``glassnet code`` prints it. Here is the smallest network that has everything, two
inputs, three ReLU neurons, one output, with one row per step.
"""

import subprocess
import sys

words = [sys.executable, "-m", "glassnet", "code", "2-3-1", "--solver", "sgd", "--momentum", "0", "--batch-size", "1"]
source = subprocess.run(words, capture_output=True, text=True, check=True).stdout
print(source)

# %%
# How to read it
# --------------
# - ``theta`` is the one vector of all weights and biases; ``W2`` and ``b2`` are windows into it, as in chapter 3 of
#   the tutorial.
# - Comments name the equations: the way forward is eq. 1 and 2, the error of the output eq. 4, the way back eq. 5,
#   and each weight takes
#   its step (eq. 6 and 8) as soon as its gradient is known. The gradient is nowhere written down as a whole.
# - The loop that updates ``W2`` computes the sums of the *next* row along the way, because each weight is at hand
#   just then.
# - There is no ``if`` for what this network does not have: no dropout, no momentum, no penalty. With them the code
#   is longer:

for flags in ("--momentum 0", "--momentum 0.9", "--momentum 0 --alpha 0.01", "--momentum 0 --dropout 0.1"):
    words = [sys.executable, "-m", "glassnet", "code", "2-3-1", "--solver", "sgd", "--batch-size", "1", *flags.split()]
    written = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    print(f"{len(written.splitlines()):4} lines with {flags}")

# %%
# The code of a model is printed by ``glassnet code model.glassnet``. It runs without Numba, line by line in a
# debugger; a test of the library runs both forms and compares the weights.
#
# What is it for?
# ---------------
# A general routine asks at every neuron how many inputs it has and which activation. Code for exactly one network
# knows, and the compiler can keep everything in registers. `How fast it is <../benchmarks.html>`_ has the
# measurements.
