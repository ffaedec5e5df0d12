r"""The formulas of activations and losses as a trace shows them: in TeX, as text, and in NumPy.

The NumPy sources are for scripts that stand on their own (`StepTrace.to_numpy_code`); tests hold them equal to
`activations.py` and `losses.py`.
"""

FORMULAS = {  # of activations and output activations: TeX, text
    "identity": (r"z", "z"),
    "relu": (r"\max(z, 0)", "max(z, 0)"),
    "leaky_relu": (r"\max(z, 0) + 0.01 \min(z, 0)", "max(z, 0) + 0.01 min(z, 0)"),
    "elu": (r"\max(z, 0) + e^{\min(z, 0)} - 1", "max(z, 0) + e^min(z, 0) - 1"),
    "selu": (
        r"1.0507 \left(\max(z, 0) + 1.6733 (e^{\min(z, 0)} - 1)\right)",
        "1.0507 (max(z, 0) + 1.6733 (e^min(z, 0) - 1))",
    ),
    "sigmoid": (r"1 / (1 + e^{-z})", "1 / (1 + e^-z)"),
    "tanh": (r"\tanh(z)", "tanh(z)"),
    "softplus": (r"\log(1 + e^{z})", "log(1 + e^z)"),
    "gelu": (r"z \, \Phi(z)", "z Phi(z)"),
    "silu": (r"z / (1 + e^{-z})", "z / (1 + e^-z)"),
    "mish": (r"z \tanh(\log(1 + e^{z}))", "z tanh(log(1 + e^z))"),
    "exp": (r"e^{z}", "e^z"),
    "softmax": (r"e^{z_j} / \textstyle\sum_k e^{z_k}", "e^z_j / sum_k e^z_k"),
}

LOSSES = {  # TeX, text of the loss l of one output, and of its derivative
    "squared_error": (r"\tfrac{1}{2} (a - y)^2", "1/2 (a - y)^2", r"a - y", "a - y"),
    "absolute_error": (r"|a - y|", "|a - y|", r"\operatorname{sign}(a - y)", "sign(a - y)"),
    "huber": (
        r"\tfrac{1}{2} e^2 \text{ if } |e| \le d \text{ else } d (|e| - d/2), \; e = a - y",
        "1/2 e^2 if |e| <= d else d (|e| - d/2), e = a - y",
        r"\min(\max(a - y, -d), d)",
        "min(max(a - y, -d), d)",
    ),
    "quantile": (
        r"q (y - a) \text{ if } y > a \text{ else } (1 - q)(a - y)",
        "q (y - a) if y > a else (1 - q) (a - y)",
        r"-q \text{ if } y > a \text{ else } 1 - q",
        "-q if y > a else 1 - q",
    ),
    "poisson": (r"e^z - y + y (\log y - z)", "e^z - y + y (log y - z)", r"e^z - y", "e^z - y"),
    "gamma": (r"z - \log y + y e^{-z} - 1", "z - log y + y e^-z - 1", r"1 - y e^{-z}", "1 - y e^-z"),
    "logistic": (r"\log(1 + e^z) - y z", "log(1 + e^z) - y z", r"\operatorname{sigmoid}(z) - y", "sigmoid(z) - y"),
    "cross_entropy": (
        r"\log \textstyle\sum_k e^{z_k} - z_y",
        "log(sum_k e^z_k) - z_y",
        r"\operatorname{softmax}(z)_j - [j = y]",
        "softmax(z)_j - [j = y]",
    ),
}

ROUTINES = {
    "identity": "def identity(Z):\n    return Z",
    "relu": "def relu(Z):\n    return np.maximum(Z, 0)",
    "relu_slope": "def relu_slope(Z):\n    return np.where(Z > 0, 1, 0).astype(Z.dtype)",
    "identity_slope": "def identity_slope(Z):\n    return np.ones_like(Z)",
    "leaky_relu": "def leaky_relu(Z):\n    return np.where(Z > 0, Z, 0.01 * Z).astype(Z.dtype)",
    "leaky_relu_slope": "def leaky_relu_slope(Z):\n    return np.where(Z > 0, 1, 0.01).astype(Z.dtype)",
    "elu": "def elu(Z):\n    return np.where(Z > 0, Z, np.expm1(np.minimum(Z, 0)))",
    "elu_slope": "def elu_slope(Z):\n    return np.exp(np.minimum(Z, 0))",
    "selu": (
        "def selu(Z):\n    below = 1.6732632423543772 * np.expm1(np.minimum(Z, 0))\n"
        "    return 1.0507009873554805 * np.where(Z > 0, Z, below)"
    ),
    "selu_slope": (
        "def selu_slope(Z):\n    below = 1.6732632423543772 * np.exp(np.minimum(Z, 0))\n"
        "    return 1.0507009873554805 * np.where(Z > 0, 1, below).astype(Z.dtype)"
    ),
    "sigmoid": (
        "def sigmoid(Z):\n    e = np.exp(-np.abs(Z))  # never overflows\n    return np.where(Z > 0, 1, e) / (1 + e)"
    ),
    "sigmoid_slope": "def sigmoid_slope(Z):\n    return sigmoid(Z) * sigmoid(-Z)",
    "tanh": "def tanh(Z):\n    return np.tanh(Z)",
    "tanh_slope": "def tanh_slope(Z):\n    return 4 * sigmoid_slope(2 * Z)  # 1 - tanh^2, exact in the tails",
    "softplus": "def softplus(Z):\n    return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))",
    "softplus_slope": "def softplus_slope(Z):\n    return sigmoid(Z)",
    "normal": (
        "def normal(Z):  # Phi: the share of a normal distribution below Z\n"
        "    shares = [0.5 * math.erfc(-z / math.sqrt(2)) for z in Z.ravel().tolist()]\n"
        "    return np.array(shares, Z.dtype).reshape(Z.shape)"
    ),
    "gelu": "def gelu(Z):\n    return Z * normal(Z)",
    "gelu_slope": (
        "def gelu_slope(Z):\n    return normal(Z) + Z * np.exp(-Z * Z / 2) / np.sqrt(2 * np.pi).astype(Z.dtype)"
    ),
    "silu": "def silu(Z):\n    return Z * sigmoid(Z)",
    "silu_slope": "def silu_slope(Z):\n    return sigmoid(Z) + Z * sigmoid_slope(Z)",
    "mish": "def mish(Z):\n    return Z * np.tanh(softplus(Z))",
    "mish_slope": (
        "def mish_slope(Z):\n    t = np.tanh(softplus(Z))\n    return t + Z * tanh_slope(softplus(Z)) * sigmoid(Z)"
    ),
    "exp": "def exp(Z):\n    return np.exp(Z)",
    "softmax": (
        "def softmax(Z):\n    e = np.exp(Z - Z.max(axis=1, keepdims=True))\n    return e / e.sum(axis=1, keepdims=True)"
    ),
    "squared_error": "def squared_error(Y, a):\n    return 0.5 * np.square(a - Y).sum(axis=1)",
    "squared_error_slope": "def squared_error_slope(Y, a):\n    return a - Y",
    "absolute_error": "def absolute_error(Y, a):\n    return np.abs(a - Y).sum(axis=1)",
    "absolute_error_slope": "def absolute_error_slope(Y, a):\n    return np.sign(a - Y)",
    "huber": (
        "def huber(Y, a):\n    size = np.abs(a - Y)\n    near = np.minimum(size, delta)\n"
        "    return (near * (size - 0.5 * near)).sum(axis=1)"
    ),
    "huber_slope": "def huber_slope(Y, a):\n    return np.clip(a - Y, -delta, delta)",
    "of_quantiles": (
        "def of_quantiles(Y, a):\n    n = len(quantiles)\n"
        "    return a - np.repeat(Y, n, axis=1), np.tile(quantiles, a.shape[1] // n).astype(a.dtype)"
    ),
    "quantile": (
        "def quantile(Y, a):\n    error, q = of_quantiles(Y, a)\n"
        "    return np.where(error < 0, -q * error, (1 - q) * error).sum(axis=1)"
    ),
    "quantile_slope": (
        "def quantile_slope(Y, a):\n    error, q = of_quantiles(Y, a)\n"
        "    return np.where(error < 0, -q, np.where(error > 0, 1 - q, error))"
    ),
    "poisson": (
        "def poisson(Y, z):\n    y_log_y = Y * np.log(np.where(Y > 0, Y, 1))\n"
        "    return (np.exp(z) - Y * z + y_log_y - Y).sum(axis=1)"
    ),
    "poisson_slope": "def poisson_slope(Y, z):\n    return np.exp(z) - Y",
    "gamma": "def gamma(Y, z):\n    return (z - np.log(Y) + Y * np.exp(-z) - 1).sum(axis=1)",
    "gamma_slope": "def gamma_slope(Y, z):\n    return 1 - Y * np.exp(-z)",
    "logistic": "def logistic(Y, z):\n    return (softplus(z) - Y * z).sum(axis=1)",
    "logistic_slope": "def logistic_slope(Y, z):\n    return sigmoid(z) - Y",
    "cross_entropy": (
        "def cross_entropy(Y, z):\n    top = z.max(axis=1)\n"
        "    total = top + np.log(np.exp(z - top[:, None]).sum(axis=1))\n"
        "    return total - z[np.arange(len(Y)), Y[:, 0].astype(int)]"
    ),
    "cross_entropy_slope": (
        "def cross_entropy_slope(Y, z):\n    Delta = softmax(z)\n"
        "    Delta[np.arange(len(Y)), Y[:, 0].astype(int)] -= 1\n    return Delta"
    ),
    "spread": (
        "def spread(X, bins):  # each column with T bins becomes T shares, centred and scaled (eq. 12)\n"
        "    parts = []\n"
        "    for x, T in zip(X.T, bins.tolist()):\n"
        "        if T == 0:\n"
        "            parts.append(x[:, None])\n"
        "            continue\n"
        "        t = np.arange(T)\n"
        "        mean, square = (T - t - 1 / 2) / T, (T - t - 2 / 3) / T\n"
        "        shares = np.clip(x[:, None] - t.astype(X.dtype), 0, 1)\n"
        "        parts.append((shares - mean.astype(X.dtype)) / np.sqrt(square - mean**2).astype(X.dtype))\n"
        "    return np.hstack(parts)"
    ),
    "limited": (
        "def limited(W, max_norm):  # no column longer than max_norm (eq. 10)\n"
        "    length = np.sqrt(np.square(W).sum(axis=0))\n"
        "    return W * np.where(length > max_norm, max_norm / np.maximum(length, max_norm), 1).astype(W.dtype)"
    ),
}
