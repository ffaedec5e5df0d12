r"""
10. Regularisation
==================

Few rows and many weights: the network can learn the noise by heart. A penalty on large weights holds it back,

.. math:: R(\theta) = \frac{\alpha}{2} \sum W^2 + \lambda_1 \sum |W|,
          \qquad \frac{\partial R}{\partial W} = \alpha W + \lambda_1 \operatorname{sign} W
   :label: eq-7

where :math:`\alpha` is the setting ``alpha`` and :math:`\lambda_1` the setting ``l1``. It is added to the losses in
eq. 3. Biases go free: they shift, but do not bend. Here are 25 noisy points of a sine, and a network with 50 neurons.
"""

import numpy as np
from matplotlib import pyplot as plt

from glassnet import GlassNetRegressor

rng = np.random.default_rng(3)
x_train, x_test = rng.uniform(-2, 2, (25, 1)), rng.uniform(-2, 2, (500, 1))
y_train = np.sin(2 * x_train[:, 0]) + rng.normal(0, 0.3, 25)
y_test = np.sin(2 * x_test[:, 0]) + rng.normal(0, 0.3, 500)
plain = {"hidden_layer_sizes": (50,), "activation": "tanh", "solver": "lbfgs", "max_iter": 20000, "max_fun": 30000,
         "tol": 1e-5, "n_members": 1, "bins": 0, "scaling": "standard", "random_state": 0}  # fmt: skip

line = np.linspace(-2, 2, 301)[:, None]
alphas = np.geomspace(1e-4, 10, 11)
models = [GlassNetRegressor(**plain, alpha=alpha).fit(x_train, y_train) for alpha in alphas]

figure, axes = plt.subplots(1, 3, figsize=(9, 3), sharey=True, layout="constrained")
for ax, k in zip(axes, (0, 5, 10), strict=True):
    ax.scatter(x_train, y_train, s=12)
    ax.plot(line, models[k].predict(line), color="black")
    ax.set(title=f"alpha = {alphas[k]:.2g}", xlabel="x", ylim=(-2, 2))
plt.show()

# %%
# Too little and the curve runs after every point; too much and it hardly bends. The error on training rows always
# prefers too little, so it is no judge. Rows that the network has not seen are.

errors = {
    "25 training rows": [np.mean((model.predict(x_train) - y_train) ** 2) for model in models],
    "500 new rows": [np.mean((model.predict(x_test) - y_test) ** 2) for model in models],
}
figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for name, values in errors.items():
    ax.loglog(alphas, values, "o-", label=name)
ax.set(xlabel="alpha", ylabel="mean squared error")
ax.legend()
plt.show()
best = int(np.argmin(errors["500 new rows"]))
print(
    f"best on new rows: alpha = {alphas[best]:.2g}, error {errors['500 new rows'][best]:.3f}; noise makes {0.3**2:.2f}"
)

# %%
# An old acquaintance
# -------------------
# Without a hidden layer the network is a linear regression, and with ``alpha`` it is ridge regression, to the last
# digits. This is also how we know that ``alpha`` means what it says.

from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

X, y = load_diabetes(return_X_y=True)
linear = plain | {"hidden_layer_sizes": (), "tol": 1e-12, "dtype": "float64"}
ours = GlassNetRegressor(**linear, alpha=20).fit(X, y).predict(X)
ridge = Ridge(alpha=20).fit(StandardScaler().fit_transform(X), y).predict(StandardScaler().fit_transform(X))
print(f"largest difference of {len(y)} predictions: {np.abs(ours - ridge).max():.1e}, where y is about {y.mean():.0f}")

# %%
# Weights that vanish
# -------------------
# The square hardly cares about small weights. The absolute value pushes them just as hard as large ones, until they
# are 0: the network then does without them.

downhill = linear | {"solver": "adam", "learning_rate": "cosine", "learning_rate_init": 0.01, "batch_size": len(y),
                     "max_iter": 3000, "n_iter_no_change": np.inf}  # fmt: skip
for l1 in (0, 20, 60):
    weights = GlassNetRegressor(**downhill, l1=l1).fit(X, y).coefs_[0]
    n_zeros = np.sum(np.abs(weights) < 1e-3 * np.abs(weights).max())
    print(f"l1 = {l1:2}: {n_zeros} of {weights.size} weights are 0, or less than a thousandth of the largest")
