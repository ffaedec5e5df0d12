r"""
6. The chain rule
=================

Which way is downhill? For every weight we need the slope of the loss by that weight. A weight in the first layer acts
on the loss through a chain: it changes its neuron's sum, this the neuron's answer, this the output, and this the
loss. The slope of a chain is the product of the slopes of its links:

.. math:: \frac{\partial \ell}{\partial W^2_{11}}
          = \frac{\partial \ell}{\partial z^3} \cdot \frac{\partial z^3}{\partial a^2_1}
          \cdot \frac{\partial a^2_1}{\partial z^2_1} \cdot \frac{\partial z^2_1}{\partial W^2_{11}}
          = (z^3 - y) \cdot W^3_{11} \cdot f'(z^2_1) \cdot x_1

Each link is easy. Here they are for the network of chapter 3 and one row.
"""

import numpy as np

from glassnet import Network, gradient_check

net = Network((2, 3, 1), activation="tanh")
(W2, b2), (W3, b3) = net.layers().values()
W2[:], b2[:] = [[0.5, -0.3, 0.55], [0.2, 0.5, -0.4]], [0.1, -0.1, 0]
W3[:], b3[:] = [[0.9], [-0.6], [0.4]], 0.05
x, y = np.array([0.8, -0.5]), 1.2

forward = net.feedforward([x])
z3, a2 = forward.output.item(), forward.A[2][0]
links = {"loss by z3": z3 - y, "z3 by a2": W3[0, 0], "a2 by z2": 1 - a2[0] ** 2, "z2 by the weight": x[0]}
for name, slope in links.items():
    print(f"{name:17} {slope:8.4f}")
print(f"their product     {np.prod(list(links.values())):8.4f}")

# %%
# Is it true?
# -----------
# Move the weight a little up and a little down, and see what the loss does. This is the definition of a slope, and it
# knows nothing of chains.

h = 1e-5
W2[0, 0] += h
up = net.loss([x], [[y]])
W2[0, 0] -= 2 * h
down = net.loss([x], [[y]])
W2[0, 0] += h
print(f"({up:.10f} - {down:.10f}) / {2 * h:.0e} = {(up - down) / (2 * h):.4f}")

# %%
# Drawn, the product of the chain is the slope of the line that touches the curve of the loss:

from matplotlib import pyplot as plt

values, here, slope = np.linspace(-1.5, 2.5, 101), W2[0, 0], np.prod(list(links.values()))
losses = []
for W2[0, 0] in values:
    losses.append(net.loss([x], [[y]]))
W2[0, 0] = here
figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
ax.plot(values, losses, label="the loss, all other weights as they are")
ax.plot(values, net.loss([x], [[y]]) + slope * (values - here), "--", label=f"slope {slope:.4f}")
ax.plot(here, net.loss([x], [[y]]), "ko")
ax.set(xlabel="the weight from input 1 to hidden neuron 1", ylabel="loss", ylim=(0, 0.25))
ax.legend()
plt.show()

# %%
# ``gradient_check`` does this for every weight and bias, and shows where the two differ most. Use it whenever you
# have changed a formula.

check = gradient_check(net, [x], [[y]])

# %%
# Weight by weight is a lot of work
# ---------------------------------
# With several hidden layers there are many chains from a weight to the loss, one for every path through the neurons
# behind it, and their products are added up. The number of paths multiplies from layer to layer:

for sizes in [(2, 3, 1), (10, 20, 20, 1), (10, 50, 50, 50, 1)]:
    paths = sizes[0] * int(np.prod(sizes[1:]))
    n_parameters = Network(sizes).architecture.n_parameters
    print(f"{'-'.join(map(str, sizes)):14} {n_parameters:6} weights and biases, {paths:9} paths through it")

# %%
# But the paths share most of their links. The next chapter computes each shared piece once.
#
# Corners
# -------
# ReLU has a corner at 0: its slope is 0 from the left and 1 from the right. Any number between the two is a
# *subgradient*, and would do. The library takes the one from the left, for all activations. A row hits a corner
# exactly about as often as a thrown dart hits a line.

from glassnet.network.activations import activation_named

relu = activation_named("relu")
for z in (-1e-9, 0.0, 1e-9):
    print(f"slope of ReLU at {z:6}: {relu.slope(np.array([z])).item():.0f}")
