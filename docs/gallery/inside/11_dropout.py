r"""
11. Dropout
===========

Another way to keep a network from learning by heart: switch some of its neurons off, others in each step. No neuron
can then rely on one certain other. With probability :math:`p` a neuron is off, and those that stay are made louder,
so that the mean stays what it was:

.. math:: M = \begin{cases} 0 & \text{with probability } p \\ 1 / (1 - p) & \text{otherwise} \end{cases}
   :label: eq-11

The mask :math:`M` multiplies the answers on the way forward (eq. 2) and the blame on the way back (eq. 5). A neuron
that was off neither speaks nor learns. These are the masks of four steps, for 16 rows and 30 neurons; white is off.
"""

import numpy as np
from matplotlib import pyplot as plt

from glassnet.network.random_bits import dropout_mask, seed_key

key, rate = seed_key(0), 0.3
masks = [dropout_mask(key, epoch=0, step=step, layer=2, shape=(16, 30), rate=rate) for step in range(4)]
figure, axes = plt.subplots(1, 4, figsize=(9, 2), sharey=True, layout="constrained")
for step, (ax, mask) in enumerate(zip(axes, masks, strict=True)):
    ax.imshow(mask, cmap="Blues", vmin=0, vmax=2)
    ax.set(title=f"step {step}", xlabel="neurons", xticks=[], yticks=[])
axes[0].set_ylabel("rows")
plt.show()
off = np.mean([mask == 0 for mask in masks])
print(
    f"{off:.0%} are off, with p = {rate}; others are {masks[0].max():.3f} times as loud; mean of M {np.mean(masks):.3f}"
)

# %%
# The random bits behind a mask are a function of (seed, epoch, step, layer, row, neuron) and of nothing else. So the
# mask of any step can be shown again, and the number of threads changes nothing.
#
# The mean over all masks
# -----------------------
# With three hidden neurons there are eight masks. Weighted by their probabilities, the eight networks have the full
# network as their mean: exactly so, because the output adds up what the hidden neurons say.

from itertools import product

from glassnet import Network

net = Network((2, 3, 1), activation="tanh", random_state=0)
x, y, p = [[0.8, -0.5]], [[1.2]], 0.25
mean = 0.0
for is_on in product([0, 1], repeat=3):
    probability = np.prod([1 - p if on else p for on in is_on])
    thinned = net.feedforward(x, masks={2: np.array([is_on]) / (1 - p)}).output.item()
    mean += probability * thinned
    print(f"on: {is_on}  probability {probability:.4f}  prediction {thinned:7.4f}")
print(f"mean {mean:.10f}, full network {net.feedforward(x).output.item():.10f}")

# %%
# One step with a mask
# --------------------
# The second neuron is off. It has no part in the prediction, and its weights stay where they are.

mask = np.array([[1, 0, 1]]) / (1 - p)
trace = net.trace_step(x, y, masks={2: mask})
for name in ("M2", "A2", "Delta2", "gW2"):
    print(name, "=", (trace.arrays[name].round(4) + 0.0).tolist())  # adding 0 turns -0 into 0

# %%
# Does it help?
# -------------
# On a small noisy table, with a network that is much too large for it:

from sklearn.datasets import make_friedman1

from glassnet import GlassNetRegressor

X, y = make_friedman1(n_samples=150, noise=2.0, random_state=0)
X_new, y_new = make_friedman1(n_samples=2000, noise=2.0, random_state=1)
settings = {"hidden_layer_sizes": (64,), "activation": "relu", "learning_rate_init": 0.01, "batch_size": 32,
            "max_iter": 300, "n_iter_no_change": np.inf, "n_members": 1, "bins": 0, "scaling": "standard",
            "random_state": 0}  # fmt: skip
for rate in (0.0, 0.2, 0.5):
    model = GlassNetRegressor(**settings, dropout=rate).fit(X, y)
    print(f"dropout {rate}: R2 on training rows {model.score(X, y):.2f}, on new rows {model.score(X_new, y_new):.2f}")

# %%
# Some dropout costs on the training rows and pays on new ones; too much leaves too little network. The recipe of the
# library takes 0.1.
