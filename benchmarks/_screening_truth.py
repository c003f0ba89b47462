"""Pairs whose mutual information is known, and tables with known true features."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ive
from scipy.stats import norm

QUADRATIC_NOISE, RING_NOISE, SHIFT = 0.5, 0.15, 1.0


@dataclass(frozen=True)
class Case:
    """A pair of variables with known mutual information (nats)."""

    name: str
    truth: float
    draw: Callable[[int, np.random.Generator], tuple[np.ndarray, np.ndarray]]
    categorical: bool = False


def cases() -> list[Case]:
    """Gaussians, a parabola, a ring, and two classes a standard deviation apart."""
    found = [
        Case(f"Gaussian, rho {rho}", -0.5 * np.log(1 - rho**2), _gaussian(rho))
        for rho in (0.0, 0.3, 0.6, 0.9)
    ]
    found.append(Case("quadratic", _truth_quadratic(), _quadratic))
    found.append(Case("ring", _truth_ring(), _ring))
    found.append(Case("two classes, d 1", _truth_classes(), _classes, categorical=True))
    return found


def _gaussian(rho: float) -> Callable[[int, np.random.Generator], tuple[np.ndarray, np.ndarray]]:
    def draw(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x, e = rng.normal(size=(2, n))
        return x, rho * x + np.sqrt(1 - rho**2) * e

    return draw


def _quadratic(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = rng.normal(size=n)
    return x, x**2 + QUADRATIC_NOISE * rng.normal(size=n)


def _ring(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    angle = rng.uniform(0, 2 * np.pi, n)
    noise = RING_NOISE * rng.normal(size=(2, n))
    return np.cos(angle) + noise[0], np.sin(angle) + noise[1]


def _classes(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(n) % 2
    return rng.normal(size=n) + SHIFT * y, y.astype(np.float64)


def _entropy(density: np.ndarray, step: float) -> float:
    density = density / (density.sum() * step)
    return float(-(density * np.log(np.maximum(density, 1e-300))).sum() * step)


def _truth_quadratic() -> float:
    y, step = np.linspace(-6, 40, 40_001, retstep=True)
    x = np.linspace(-7, 7, 2801)
    density = sum(
        w * norm.pdf(y, v, QUADRATIC_NOISE) for v, w in zip(x**2, norm.pdf(x), strict=True)
    )
    return _entropy(density, step) - 0.5 * np.log(2 * np.pi * np.e * QUADRATIC_NOISE**2)


def _truth_ring() -> float:
    s2 = RING_NOISE**2
    r, step = np.linspace(1e-4, 2.5, 20_001, retstep=True)
    radial = r / s2 * np.exp(-((r - 1) ** 2) / (2 * s2)) * ive(0, r / s2)  # Rice
    joint = -(radial * np.log(np.maximum(radial / (2 * np.pi * r), 1e-300))).sum() * step
    x, dx = np.linspace(-2, 2, 8001, retstep=True)
    angles = (np.arange(4000) + 0.5) * np.pi / 4000
    marginal = sum(norm.pdf(x, np.cos(angle), RING_NOISE) for angle in angles)
    return 2 * _entropy(marginal, dx) - float(joint)


def _truth_classes() -> float:
    x, step = np.linspace(-9, 9 + SHIFT, 20_001, retstep=True)
    return _entropy(norm.pdf(x) + norm.pdf(x - SHIFT), step) - 0.5 * np.log(2 * np.pi * np.e)


def simulate(
    n: int, p: int, k: int, rng: np.random.Generator, *, quadratic: bool, binary: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (AR 0.6) with `k` true ones, and their outcome, at a signal-to-noise ratio of 3.

    Returns
    -------
    x, y, true : ndarray
        Shapes (p, n), (n,), (p,).
    """
    x = rng.normal(size=(p, n))
    for i in range(1, p):
        x[i] = 0.6 * x[i - 1] + 0.8 * x[i]
    chosen = rng.choice(p, k, replace=False)
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k)))
    beta = rng.multivariate_normal(np.full(k, 6.0), 0.6**apart)
    used = x[chosen] ** 2 if quadratic else x[chosen]
    used = (used - used.mean(1, keepdims=True)) / used.std(1, keepdims=True)
    signal = beta @ used
    if binary:
        standard = (signal - signal.mean()) / signal.std()
        y = (rng.uniform(size=n) < np.tanh(standard / 2) / 2 + 0.5).astype(np.float64)
    else:
        y = signal + signal.std() / np.sqrt(3) * rng.normal(size=n)
    true = np.zeros(p, bool)
    true[chosen] = True
    return x, y, true
