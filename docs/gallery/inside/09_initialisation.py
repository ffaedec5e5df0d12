r"""
9. Where the weights start
==========================

Descent needs a place to start from. All zeros look natural, and are the one place from which nothing ever moves.
"""

import numpy as np
from matplotlib import pyplot as plt

from glassnet import Network

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 4))
Y = X[:, :1] * X[:, 1:2]

zeros = Network((4, 20, 1), initialization="zeros")
for layer, (dW, db) in zeros.gradients(X, Y).items():
    print(f"layer {layer}: largest entry of dW {np.abs(dW).max():.4f}, of db {np.abs(db).max():.4f}")

# %%
# Every hidden neuron says :math:`f(0) = 0`, so the weights behind it have the gradient 0 (eq. 6), and every weight in
# front of it is asked through a weight of 0 (eq. 5). Only the output's bias moves, towards the mean of the targets. Two
# hundred steps later:

for _step in range(200):
    zeros.step(X, Y, learning_rate=0.1)
weights = [W for W, _ in zeros.layers().values()]
print("largest weight:", max(np.abs(W).max() for W in weights))

# %%
# Equal weights other than zero are no better: neurons with equal weights get equal gradients and stay equal for ever.
# So we draw them at random. How large?
#
# Passing the variance on
# -----------------------
# :math:`z` is a sum of :math:`m` terms :math:`w_j a_j`. If the weights have mean 0 and are independent of the
# answers, the variances add up:
#
# .. math:: \operatorname{Var} z = m \operatorname{Var}(w)\, \operatorname{E} a^2
#
# With :math:`\operatorname{Var} w = 1/m` a layer passes on what it gets. Much more, and the numbers explode from
# layer to layer; much less, and they die. Here are 20 layers of 100 neurons that just add up, with Gaussian weights,
# and each line is a different variance of the weights.

deep = (100,) * 21
layers = np.arange(1, 22)
rows = rng.normal(size=(200, 100))


def variances(net):
    """Mean square of what the neurons of each layer say, layer 1 to L."""
    return [np.mean(A**2) for A in net.activations(rows).values()]


figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True, layout="constrained")
for factor in (0.5, 1, 2):
    net = Network(deep, activation="identity", initialization="gaussian", random_state=1)
    for W, _ in net.layers().values():
        W *= np.sqrt(factor)
    left.semilogy(layers, variances(net), label=f"{factor} / m")
left.set(xlabel="layer", ylabel="mean of a²", title="identity, Gaussian weights")
left.legend()

# ReLU throws half of the variance away, so it wants 2 / m.
for name in ("gaussian", "he", "glorot", "lecun", "orthogonal"):
    net = Network(deep, activation="relu", initialization=name, random_state=1)
    right.semilogy(layers[:-1], variances(net)[:-1], label=name)
right.set(xlabel="layer", title="ReLU, each initialisation")
right.legend()
plt.show()

# %%
# ==================  ================================================  ===================================
# ``initialization``  weights of a neuron with :math:`m` inputs         made for
# ==================  ================================================  ===================================
# ``"gaussian"``      :math:`N(0, 1/m)`                                 sums without a ReLU; the tutorial's
# ``"he"``            :math:`N(0, 2/m)`                                 ReLU
# ``"glorot"``        uniform, variance :math:`2/(m + n)`, *n* neurons  tanh; both directions at once
# ``"lecun"``         uniform, variance :math:`1/m`                     SELU
# ``"orthogonal"``    orthonormal columns                               very deep networks without f
# ==================  ================================================  ===================================
#
# The way back has the same question
# ----------------------------------
# :math:`\delta` runs through the same weights in the other direction, where the sum has as many terms as the *next*
# layer has neurons. If it dies on the way, the first layers do not learn.

figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for name in ("gaussian", "he", "orthogonal"):
    net = Network((100,) * 20 + (1,), activation="relu", initialization=name, random_state=1)
    Delta = net.deltas(rows, np.ones((200, 1)))
    ax.semilogy(list(Delta), [np.mean(D**2) for D in Delta.values()], label=name)
ax.set(xlabel="layer", ylabel="mean of δ²", title="blame on its way from the output (right) to the first layer (left)")
ax.legend()
plt.show()
