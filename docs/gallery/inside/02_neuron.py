r"""
2. One neuron
=============

A neuron does two things. It adds up what it hears, each input times a weight of its own, plus a bias:

.. math:: z = \sum_{j=1}^{d} w_j x_j + b
   :label: eq-1

Then it answers with a function of the sum, its activation:

.. math:: a = f(z)
   :label: eq-2

That is all. With two inputs it fits on a line of paper.
"""

import numpy as np

x = np.array([0.8, -0.5])
w, b = np.array([0.5, 0.2]), 0.1
z = w[0] * x[0] + w[1] * x[1] + b
print(f"z = {w[0]} * {x[0]} + {w[1]} * {x[1]} + {b} = {z:.2f}")
print(f"a = tanh({z:.2f}) = {np.tanh(z):.4f}")

# %%
# The library gives the same. ``Network((2, 1, 1))`` has two inputs (layer 1), one neuron (layer 2) and an output
# (layer 3). We write our weights into it and read what the neuron says. Layer 1 is the input, so the first weights
# are :math:`W^2`: they lead into layer 2.

from glassnet import Network

net = Network((2, 1, 1), activation="tanh")
W2, b2 = net.layers()[2]
W2[:, 0], b2[:] = w, b
forward = net.feedforward([x])
print(f"z = {forward.Z[2].item():.2f}, a = {forward.A[2].item():.4f}")

# %%
# Why a function at all?
# ----------------------
# Without :math:`f` a neuron is a straight line, and a sum of straight lines is a straight line: the next chapter
# shows it. The function lets it bend. *ReLU* keeps what is positive and answers 0 to the rest. The *sigmoid* squeezes
# every sum between 0 and 1, and *tanh* between -1 and 1. Below each is its slope, which we will need on the way back.

from matplotlib import pyplot as plt

from glassnet.network.activations import activation_named

Z = np.linspace(-4, 4, 401)
figure, axes = plt.subplots(2, 3, figsize=(8, 4), sharex=True, layout="constrained")
for (above, below), name in zip(axes.T, ["relu", "sigmoid", "tanh"], strict=True):
    activation = activation_named(name)
    above.plot(Z, activation.value(Z))
    below.plot(Z, activation.slope(Z), color="tab:orange")
    above.set_title(name)
    below.set_xlabel("z")
axes[0, 0].set_ylabel("f(z)")
axes[1, 0].set_ylabel("slope f'(z)")
plt.show()

# %%
# What one neuron can say
# -----------------------
# The sum is the same along a line, and so is the answer. A neuron divides the plane of its two inputs by a line: on
# one side it is loud, on the other quiet. The weights turn the line, the bias shifts it, and the length of :math:`w`
# makes the border sharp or soft.

axis = np.linspace(-2, 2, 81)
plane = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
figure, axes = plt.subplots(1, 3, figsize=(8.5, 2.9), sharey=True, layout="constrained")
for ax, weights, bias in zip(axes, [(0.5, 0.2), (-1, 1), (4, 2)], [0.1, 0.5, -2], strict=True):
    W2[:, 0], b2[:] = weights, bias
    a = net.activations(plane)[2]
    picture = ax.contourf(axis, axis, a.reshape(81, 81), levels=np.linspace(-1, 1, 21), cmap="RdBu_r")
    ax.set(title=f"w = {weights}, b = {bias}", xlabel="$x_1$")
axes[0].set_ylabel("$x_2$")
figure.colorbar(picture, ax=axes, label="a = tanh(z)")
plt.show()
