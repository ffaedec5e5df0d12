"""Drawings that several chapters share."""

import numpy as np
from matplotlib import pyplot as plt

POSITIVE, NEGATIVE = "tab:blue", "tab:orange"


def draw_network(net, neurons=None, title="", ax=None):
    """A network with its weights: blue lines are positive, orange ones negative, thick ones large.

    neurons : {layer: (n_l,)}, numbers to write into the neurons; biases if left out
    """
    ax = plt.subplots(figsize=(7, 3.6), layout="constrained")[1] if ax is None else ax
    sizes, layers = net.architecture.sizes, net.layers()
    places = {layer: np.linspace(1, -1, n + 2)[1:-1] for layer, n in enumerate(sizes, start=1)}
    for layer, (W, _) in layers.items():
        for (i, j), weight in np.ndenumerate(W):
            draw_weight(ax, (layer - 1, places[layer - 1][i]), (layer, places[layer][j]), weight, 0.3 + 0.12 * (j % 3))
    for layer, heights in places.items():
        texts = neurons[layer] if neurons else (layers[layer][1] if layer > 1 else [])
        for place, height in enumerate(heights):
            ax.plot(layer, height, "o", markersize=38, color="white", markeredgecolor="black", zorder=3)
            text = f"{texts[place]:.2f}" if len(texts) else f"$x_{place + 1}$"
            ax.text(layer, height, text, ha="center", va="center", fontsize=9, zorder=4)
        name = "input" if layer == 1 else "output" if layer == len(sizes) else "hidden"
        ax.text(layer, 1.02, f"layer {layer}, {name}", ha="center", fontsize=9)
    ax.set(xlim=(0.7, len(sizes) + 0.3), ylim=(-1.05, 1.15), title=title)
    ax.axis("off")
    return ax


def draw_weight(ax, start, end, weight, where):
    """The line of one weight, with its number a part `where` of the way along."""
    (x0, y0), (x1, y1) = start, end
    color = POSITIVE if weight > 0 else NEGATIVE
    ax.plot([x0, x1], [y0, y1], color=color, linewidth=0.5 + 3 * min(abs(weight), 1.5), alpha=0.8, zorder=1)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
    ax.text(x0 + where * (x1 - x0), y0 + where * (y1 - y0), f"{weight:.2f}", fontsize=8, ha="center", va="center",
            bbox=box, zorder=2)  # fmt: skip
