r"""
8. One update in six steps
==========================

Now everything comes together. One update of a network takes six steps: input, feed forward, output error,
backpropagate, gradient, gradient step. ``trace_step`` does an update on paper: nothing changes, and every number on
the way can be read. Here it is for the network of chapter 3, and a learning rate of 0.1.
"""

from drawing import draw_network
from matplotlib import pyplot as plt

from glassnet import Network

net = Network((2, 3, 1), activation="tanh")
(W2, b2), (W3, b3) = net.layers().values()
W2[:], b2[:] = [[0.5, -0.3, 0.55], [0.2, 0.5, -0.4]], [0.1, -0.1, 0]
W3[:], b3[:] = [[0.9], [-0.6], [0.4]], 0.05

trace = net.trace_step([[0.8, -0.5]], [[1.2]], learning_rate=0.1)
print(trace)

# %%
# Where the blame goes
# --------------------
# Forward, the neurons hold what they say. Backward, they hold :math:`\delta`. The third neuron is loud, but its
# weight to the output is small, so it is blamed little.

forward, delta = net.activations([[0.8, -0.5]]), net.deltas([[0.8, -0.5]], [[1.2]])
figure, axes = plt.subplots(2, 1, figsize=(7, 7), layout="constrained")
draw_network(net, {layer: A[0] for layer, A in forward.items()}, "forward: a", axes[0])
blame = {1: [], **{layer: Delta[0] for layer, Delta in delta.items()}}
draw_network(net, blame, r"backward: $\delta$", axes[1])
plt.show()

# %%
# One stage at a time
# -------------------
# A stage has a name, a layer, an equation and its arrays. They can be taken out and computed with.

stage = trace.stage("delta_hidden", 2)
print(stage.equation_text)
print(stage.note)
print(stage.output.round(4))

# %%
# ``trace.to_numpy_code()`` writes a script that computes every number anew with NumPy alone. Change it, and see what
# happens.

print(trace.to_numpy_code())

# %%
# The step is taken
# -----------------
# So far the network is as it was. ``commit`` takes the step. The prediction moves towards the target, which was 1.2.

print("before:", net.feedforward([[0.8, -0.5]]).output.round(4), "loss", round(trace.loss_before, 4))
trace.commit()
print("after: ", net.feedforward([[0.8, -0.5]]).output.round(4), "loss", round(trace.loss_after, 4))

# %%
draw_network(net, title="weights and biases after the step")
plt.show()

# %%
# A trained model has the same: ``model.trace_step(X.iloc[[17]], y.iloc[[17]])`` begins with the row in its units and
# ends with the prediction in the units of the target. On the command line it is ``glassnet explain``.
