r"""
3. Layers
=========

Neurons that hear the same inputs stand in one layer, and a network is one layer after the other. Every neuron of a
layer hears every neuron of the layer before. With a row per neuron's input and a column per neuron the weights into
layer :math:`l` are a matrix, and a whole layer is one line:

.. math:: z^l = (W^l)^T a^{l-1} + b^l, \qquad a^l = f(z^l), \qquad a^1 = x

For a batch of rows, one below the other, it reads :math:`Z^l = A^{l-1} W^l + b^l` (eq. 1). Here is a network with two
inputs, three hidden neurons and one output. The numbers on the lines are weights, those in the neurons are biases.
"""

from drawing import draw_network
from matplotlib import pyplot as plt

from glassnet import Network

net = Network((2, 3, 1), activation="tanh")
(W2, b2), (W3, b3) = net.layers().values()
W2[:], b2[:] = [[0.5, -0.3, 0.55], [0.2, 0.5, -0.4]], [0.1, -0.1, 0]
W3[:], b3[:] = [[0.9], [-0.6], [0.4]], 0.05
draw_network(net, title="weights and biases")
plt.show()

# %%
# Forward
# -------
# A row goes in at the left, and each layer makes the next. The last layer has no activation here: a prediction may be
# any number.

import numpy as np

x = np.array([0.8, -0.5])
a2 = np.tanh(W2.T @ x + b2)
z3 = W3.T @ a2 + b3
print("by hand:     a2 =", a2.round(4), " z3 =", z3.round(4))
forward = net.feedforward([x])
print("the library: a2 =", forward.A[2][0].round(4), " z3 =", forward.output[0].round(4))

# %%
draw_network(net, neurons={layer: A[0] for layer, A in forward.A.items()}, title="what each neuron says to this row")
plt.show()

# %%
# One vector
# ----------
# Weights and biases of all layers together are called :math:`\theta`. The library keeps them in one vector, one layer
# after the other, and :math:`W^l` and :math:`b^l` are windows into it. Who writes to a window writes to the vector.

print("theta has", net.theta.size, "numbers:", net.theta)
for layer, (W, b) in net.layers().items():
    print(f"layer {layer}: W{layer} {W.shape}, b{layer} {b.shape}")

# %%
# Without an activation there is only one layer
# ---------------------------------------------
# Take :math:`f(z) = z`. Then a layer multiplies by a matrix, the next one by another, and both together by their
# product: however deep, the network is one linear regression.

deep = Network((2, 5, 4, 1), activation="identity", random_state=1)
(V2, c2), (V3, c3), (V4, c4) = deep.layers().values()
product = V2 @ V3 @ V4
constant = (c2 @ V3 + c3) @ V4 + c4
rows = np.random.default_rng(0).normal(size=(100, 2))
difference = np.abs(deep.feedforward(rows).output - (rows @ product + constant)).max()
print(f"four layers against one, largest difference over {len(rows)} rows: {difference:.1e}")

# %%
# With an activation it bends
# ---------------------------
# One ReLU neuron is a hinge: flat, then rising. Three of them with different hinges, added with different weights,
# make a broken line with three corners. More neurons make more corners, and any curve can be followed as closely as
# you like.

hinges = Network((1, 3, 1), activation="relu")
(W2, b2), (W3, b3) = hinges.layers().values()
W2[:], b2[:] = [[1, 1, 1]], [1.5, 0, -1]
W3[:], b3[:] = [[1], [-1.8], [1.6]], 0.2
line = np.linspace(-2, 2, 201)[:, None]
A = hinges.activations(line)
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for j in range(3):
    left.plot(line, W3[j, 0] * A[2][:, j], label=f"neuron {j + 1}, times {W3[j, 0]:.1f}")
left.legend()
right.plot(line, A[3], color="black")
left.set(title="three neurons", xlabel="x")
right.set(title="their sum, plus the bias", xlabel="x")
plt.show()
