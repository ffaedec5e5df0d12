r"""
Classify pictures of digits
===========================

A picture is a matrix of pixels. The estimators take such matrices as they are, and see each as a row of numbers: its
lines of pixels, one after the other. Here are scikit-learn's handwritten digits, 8 by 8 pixels each.
"""

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

digits = load_digits()
images, y = digits.images, digits.target
print("pictures:", images.shape)

figure, axes = plt.subplots(2, 8, figsize=(8, 2.4), layout="constrained")
for ax, image, label in zip(axes.flat, images, y, strict=False):
    ax.imshow(image, cmap="gray_r")
    ax.set_title(label, fontsize=9)
    ax.axis("off")
plt.show()

# %%
# Without any setting
# -------------------

from glassnet import GlassNetClassifier

train, test, y_train, y_test = train_test_split(images, y, stratify=y, random_state=0)
model = GlassNetClassifier(random_state=0).fit(train, y_train)
right = model.predict(test) == y_test


def said(right):
    """An accuracy with the chance in it: plus or minus two standard errors."""
    share = np.mean(right)
    return f"{share:.1%} right, give or take {2 * np.sqrt(share * (1 - share) / len(right)):.1%}"


print(f"on {len(test)} pictures kept aside: {said(right)}")
oof = model.classes_[model.oof_prediction_.argmax(axis=1)] == y_train
print(f"on the {len(train)} others, by the one network of {len(model.networks_)} that had not seen them: {said(oof)}")

# %%
# About 98 % at once, a little above or below, depending on which pictures are kept aside.
#
# Tell it what it cannot know
# ---------------------------
# For the network the pixels are 64 columns in no order: it does not know that a digit moved by one pixel is the same
# digit. We do. So we show it each picture five times, in its place and moved by one pixel in four directions. The
# copies of a picture belong together, and ``groups`` says so: otherwise a network would be judged by copies of what
# it has learned. Pixels are all alike, so bins for each column are of no use here.


def moved(images):
    """Each picture in its place, and moved right, left, down and up; (5 n_images, 8, 8)."""
    wide = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    places = [(1, 1), (1, 0), (1, 2), (0, 1), (2, 1)]
    return np.concatenate([wide[:, i : i + 8, j : j + 8] for i, j in places])


copies = {"X": moved(train), "y": np.tile(y_train, 5), "groups": np.tile(np.arange(len(train)), 5)}
better = GlassNetClassifier(bins=0, max_iter=64, random_state=0).fit(**copies)
right = better.predict(test) == y_test
print(f"with moved copies, on the same {len(test)} pictures: {said(right)}")

# %%
# What it gets wrong
# ------------------
# Under each picture: what it is, and what the network says, with its probability.

wrong = np.flatnonzero(~right)[:8]
probabilities = better.predict_proba(test)
figure, axes = plt.subplots(1, 8, figsize=(8, 1.6), layout="constrained")
for ax in axes:
    ax.axis("off")
for ax, k in zip(axes, wrong, strict=False):
    ax.imshow(test[k], cmap="gray_r")
    guess = probabilities[k].argmax()
    ax.set_title(f"{y_test[k]}, says {guess}\n{probabilities[k, guess]:.0%}", fontsize=8)
plt.show()

# %%
# Which pixels speak for a digit?
# -------------------------------
# ``input_gradients`` says how a prediction changes with each column, here each pixel, in the shape of the picture.
# Times the spread of that pixel this makes a picture again. Red pixels would make this one more of what it is if
# they were darker, blue ones if they were lighter.

figure, axes = plt.subplots(2, 6, figsize=(8, 2.8), layout="constrained")
slopes = better.input_gradients(test[:6]) * train.std(axis=0)
for k, (above, below) in enumerate(axes.T):
    own = slopes[k, y_test[k]]
    above.imshow(test[k], cmap="gray_r")
    below.imshow(own, cmap="RdBu_r", vmin=-np.abs(own).max(), vmax=np.abs(own).max())
    above.axis("off")
    below.axis("off")
plt.show()

# %%
# Layers that know about neighbouring pixels, convolutions, are not in the library yet.
