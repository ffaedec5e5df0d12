r"""
7. The recursion
================

All chains to the weights of a neuron go through its sum :math:`z`. So we ask one question per neuron: how does the
loss change with :math:`z`? The answer is called :math:`\delta`, the neuron's share of the blame. At the output the
loss says it directly; for the square it is "prediction minus target":

.. math:: \delta^L = \frac{\partial \ell}{\partial z^L}
   :label: eq-4

A hidden neuron is blamed through its successors: what they are blamed for, times its weight to them, times its own
slope.

.. math:: \delta^l = f'(z^l) \odot \bigl( W^{l+1} \delta^{l+1} \bigr)
   :label: eq-5

So :math:`\delta` runs backwards through the network, layer by layer, just as :math:`a` ran forwards. From there each
gradient is one formula:

.. math:: \frac{\partial \ell}{\partial W^l} = a^{l-1} (\delta^l)^T,
          \qquad \frac{\partial \ell}{\partial b^l} = \delta^l
   :label: eq-6

This is backpropagation, and it fits on half a screen. For a network of any depth:
"""

import numpy as np

from glassnet import Network, gradient_check

net = Network((4, 6, 5, 1), activation="tanh", random_state=0)
rng = np.random.default_rng(0)
x, y = rng.normal(size=4), np.array([0.5])
layers, L = net.layers(), net.architecture.n_layers

a = {1: x}
for layer, (W, b) in layers.items():  # forward: keep every a
    z = W.T @ a[layer - 1] + b
    a[layer] = z if layer == L else np.tanh(z)

delta = {L: a[L] - y}
for layer in range(L - 1, 1, -1):  # backward
    delta[layer] = (1 - a[layer] ** 2) * (layers[layer + 1][0] @ delta[layer + 1])

gradient = {layer: (np.outer(a[layer - 1], delta[layer]), delta[layer]) for layer in layers}

# %%
# The library's form for whole batches, ``network/backprop.py``, is hardly longer. The two agree:

for layer, (dW, db) in net.gradients([x], [y]).items():
    difference = max(np.abs(dW - gradient[layer][0]).max(), np.abs(db - gradient[layer][1]).max())
    print(f"layer {layer}: largest difference {difference:.1e}")

# %%
# Blame, drawn
# ------------
# The same network with :math:`a` and with :math:`\delta`, for twenty rows: a row of the picture is a row of the
# table. Hidden neurons are blamed less and less the further they are from the output; with many layers this can
# become so little that the first ones hardly learn. Chapter 9 is about that.

from matplotlib import pyplot as plt

X, Y = rng.normal(size=(20, 4)), rng.normal(size=(20, 1))
A, Delta = net.activations(X), net.deltas(X, Y)
names = [*(f"$a^{layer}$" for layer in A), *(rf"$\delta^{layer}$" for layer in reversed(Delta))]
pictures = [*A.values(), *reversed(Delta.values())]
widths = [picture.shape[1] + 0.5 for picture in pictures]
figure, axes = plt.subplots(1, 7, figsize=(8.5, 4), width_ratios=widths, layout="constrained")
for ax, name, values in zip(axes, names, pictures, strict=True):
    drawn = ax.imshow(values, cmap="RdBu_r", vmin=-1.5, vmax=1.5, aspect="auto")
    ax.set(title=name, xticks=[], yticks=[])
axes[0].set_ylabel("rows")
figure.colorbar(drawn, ax=axes, shrink=0.7)
plt.show()

# %%
# What it costs
# -------------
# The forward pass keeps every :math:`z` and :math:`a`, and the way back uses them again: memory is traded for time.
# One gradient is one forward pass and one backward pass, each with about one multiplication per weight, or two on the
# way back. Finite differences need two forward passes *per weight*.

n = net.architecture.n_parameters
print(f"this network has {n} weights and biases")
print(f"finite differences: {2 * n} forward passes; backpropagation: 1, and 1 way back")
check = gradient_check(net, X, Y)
