"""Counter-based random numbers: a random word is a pure function of where it is used, never of what came before.

So a trace can show the mask that training used, a resumed run continues bit for bit, and threads change nothing.
"""

from functools import lru_cache

import numpy as np

from .arrays import Array

ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
PARITY = 0x1BD11BDA
WORDS = 2**32  # how many values a random word has


def threefry(key_0: int, key_1: int, counter_0: Array, counter_1: Array) -> tuple[Array, Array]:
    """Two random 32-bit words for every pair of counters: Threefry-2x32 with 20 rounds.

    Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Adding, rotating and
    exclusive or, twenty times; a fifth of the key is injected after every fourth round.

    Parameters
    ----------
    key_0, key_1 : int
        The key, two words below 2^32.
    counter_0, counter_1 : array of integers
        The counters, words below 2^32; they broadcast against each other.
    """
    word = np.uint32
    keys = (word(key_0), word(key_1), word(key_0 ^ key_1 ^ PARITY))
    x_0 = np.atleast_1d(counter_0).astype(word) + keys[0]  # arrays wrap around in silence, NumPy scalars warn
    x_1 = np.atleast_1d(counter_1).astype(word) + keys[1]
    x_0, x_1 = np.broadcast_arrays(x_0, x_1)
    for round_ in range(20):
        turn = ROTATIONS[round_ % 8]
        x_0 = x_0 + x_1
        x_1 = (x_1 << word(turn)) | (x_1 >> word(32 - turn))
        x_1 = x_1 ^ x_0
        if round_ % 4 == 3:
            injection = round_ // 4 + 1
            x_0 = x_0 + keys[injection % 3]
            x_1 = x_1 + keys[(injection + 1) % 3] + word(injection)
    return x_0, x_1


@lru_cache(maxsize=256)  # every epoch asks
def seed_key(seed: int) -> tuple[int, int]:
    """The two words of the key that belongs to a seed, well mixed by NumPy's SeedSequence."""
    key_0, key_1 = np.random.SeedSequence(seed).generate_state(2)
    return int(key_0), int(key_1)


def generator(seed: int, *stream: int) -> np.random.Generator:
    """NumPy's Philox generator of one stream of a seed, for example (seed, 1, epoch): the same for the same numbers."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=stream)))


def shares(seed: int, stream: int, numbers: Array) -> Array:
    """A random number in [0, 1) for each of the numbers from 0 on, float64: always the same for the same number.

    Examples
    --------
    >>> alone, among = shares(0, 9, np.array([7])), shares(0, 9, np.arange(10))
    >>> bool(alone[0] == among[7])
    True
    """
    key_0, key_1 = map(int, np.random.SeedSequence(seed, spawn_key=(stream,)).generate_state(2))
    words = threefry(key_0, key_1, numbers & (WORDS - 1), numbers >> 32)
    return np.asarray((words[0] * float(WORDS) + words[1]) / WORDS**2)


def threshold(rate: float) -> int:
    """Words below this number switch a neuron off: the share `rate` of all words."""
    return int(rate * WORDS)


def dropout_mask(key: tuple[int, int], epoch: int, step: int, layer: int, shape: tuple[int, int], rate: float) -> Array:
    """Mask M^l, (n_samples, n_l): 0 where a neuron is off, 1 / (1 - rate) where it is on (eq. 11).

    Inverted dropout (Srivastava et al. 2014): kept neurons are scaled up in training, so prediction needs no change.
    The key of the step is threefry(key, epoch, step). Its words for (layer, pair of units; row) decide the units
    j and j + half of that row, where half is half the width, rounded up.

    Parameters
    ----------
    key : two words
        `seed_key(seed)`.
    epoch, step, layer : int
        Where the mask is used; epochs and steps count from 0, layers from 1.
    shape : (n_samples, n_l)
        Rows are counted by their position in the batch.
    rate : float
        Probability in [0, 1) of being switched off.
    """
    n_rows, width = shape
    half = (width + 1) // 2
    step_key = threefry(*key, np.array([epoch]), np.array([step]))
    units, rows = (layer << 24) + np.arange(half), np.arange(n_rows)[:, None]
    words = np.hstack(threefry(int(step_key[0][0]), int(step_key[1][0]), units, rows))[:, :width]
    return np.where(words < threshold(rate), 0.0, 1 / (1 - rate))
