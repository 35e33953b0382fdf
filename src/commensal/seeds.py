"""Chance that can be replayed: every draw starts from a seed that is handed in and a name for what it is for."""

import hashlib

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """An independent random generator for one purpose; the same `seed` and `name` give the same draws.

    Args:
        seed: any integer >= 0, from the caller.
        name: what the draws are for, such as "mouth/latin-hypercube"; another name is another stream.

    Raises:
        ValueError: a negative seed or an empty name.

    >>> stream(1, "a").random() == stream(1, "a").random(), stream(1, "a").random() == stream(1, "b").random()
    (True, False)
    """
    if seed < 0:
        raise ValueError(f"seed must be >= 0, got {seed}")
    if not name:
        raise ValueError("a stream needs a name for what it is for, got an empty one")
    digest = hashlib.sha256(name.encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def latin_hypercube(
    draws: int, variables: int, generator: np.random.Generator
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Points in the unit cube, shape (draws, variables): every variable has one point in each of `draws` slices.

    Raises:
        ValueError: fewer than one draw or variable.

    Source: McKay, Beckman & Conover 1979, Technometrics 21:239.
    """
    if draws < 1 or variables < 1:
        raise ValueError(f"draws and variables must be >= 1, got {draws} and {variables}")
    slices = np.stack([generator.permutation(draws) for _ in range(variables)], axis=1)
    return (slices + generator.random((draws, variables))) / draws
