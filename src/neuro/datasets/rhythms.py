"""Sessions with a known law: a vector autoregression, and rhythms of networks that come in bursts.

Parcels have a background each, driven by neighbors' past (directed links) and by innovations that
are shared between near parcels. Networks add rhythms to the parcels of their map, at a lag that
differs between parcels; a rhythm is a resonance whose drive is strong in bursts, which come and
go as a Markov chain. Sessions share all of this but for the strength of each network.

All is linear but for the bursts' times, and these are independent of what is drawn, so spectra
and covariances are known exactly; so is, given the bursts, what the best foreteller knows.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.signal
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Recipe:
    """What to simulate.

    Parameters
    ----------
    n_channels : int
        Parcels.
    sfreq : float
        Sampling rate, in hertz.
    seconds : float
        Length of a session.
    rhythms : tuple of float
        Frequency of each network, in hertz.
    quality : float
        Radius of the resonances' poles: how long a rhythm rings.
    on, off : float
        Mean length of a burst and of a pause, in seconds.
    power : float
        Variance of all rhythms together, relative to the background's, on average over parcels.
    spread : float
        Reach of shared innovations, in radii of the head.
    links : int
        Directed links to each parcel.
    variation : float
        Standard deviation of the logarithm of a network's strength between sessions.
    """

    n_channels: int = 52
    sfreq: float = 250.0
    seconds: float = 60.0
    rhythms: tuple[float, ...] = (4.0, 8.0, 10.0, 11.0, 18.0, 23.0)
    quality: float = 0.97
    on: float = 0.4
    off: float = 0.8
    power: float = 0.7
    spread: float = 0.5
    links: int = 3
    variation: float = 0.3


@dataclass(frozen=True)
class Truth:
    """The law of all sessions.

    Parameters
    ----------
    recipe : Recipe
        What it was drawn for.
    first, second : ndarray, shape (n_channels, n_channels)
        Weights of the background one and two samples ago.
    innovation : ndarray, shape (n_channels, n_channels)
        Covariance of what is new in the background.
    maps, lagged : ndarray, shape (n_networks, n_channels)
        What a rhythm adds to parcels now, and one sample later.
    """

    recipe: Recipe
    first: Array
    second: Array
    innovation: Array
    maps: Array
    lagged: Array

    @property
    def resonances(self) -> Array:
        """Weights of each rhythm one and two samples ago, shape (n_networks, 2)."""
        angle = 2 * np.pi * np.array(self.recipe.rhythms) / self.recipe.sfreq
        radius = self.recipe.quality
        return np.stack([2 * radius * np.cos(angle), np.full(len(angle), -(radius**2))], axis=1)

    @property
    def drive(self) -> float:
        """Mean square of a rhythm's drive, which is 1 in bursts and .1 in pauses."""
        share = self.recipe.on / (self.recipe.on + self.recipe.off)
        return share + (1 - share) * 0.01

    def covariance(self, strengths: Array) -> Array:
        """Covariance of a session.

        Parameters
        ----------
        strengths : ndarray, shape (n_networks,)
            Strengths of networks in it.

        Returns
        -------
        covariance : ndarray, shape (n_channels, n_channels)
            Of the parcels' signals, before standardization.
        """
        total = _background(self.first, self.second, self.innovation)
        for k, (one, two) in enumerate(self.resonances):
            now, next_ = _resonance(one, two, self.drive * strengths[k] ** 2)
            g, h = self.maps[k], self.lagged[k]
            total = total + now * (np.outer(g, g) + np.outer(h, h))
            total += next_ * (np.outer(g, h) + np.outer(h, g))
        return total

    def spectra(self, frequencies: Array, strengths: Array) -> Array:
        """One-sided power spectral densities of a session.

        Parameters
        ----------
        frequencies : ndarray, shape (n_frequencies,)
            In hertz.
        strengths : ndarray, shape (n_networks,)
            Strengths of networks in it.

        Returns
        -------
        spectra : ndarray, shape (n_channels, n_frequencies)
            Unit squared per hertz, before standardization.
        """
        out = np.empty((len(self.first), len(frequencies)))
        for i, frequency in enumerate(frequencies):
            back = np.exp(-2j * np.pi * frequency / self.recipe.sfreq)
            inverse = np.eye(len(self.first)) - self.first * back - self.second * back**2
            transfer = np.linalg.inv(inverse)
            power = np.einsum("ij,jk,ik->i", transfer, self.innovation, transfer.conj()).real
            for k, (one, two) in enumerate(self.resonances):
                gain = self.drive * strengths[k] ** 2 / np.abs(1 - one * back - two * back**2) ** 2
                power = power + gain * np.abs(self.maps[k] + self.lagged[k] * back) ** 2
            out[:, i] = 2 * power / self.recipe.sfreq
        return out


@dataclass(frozen=True)
class Simulated:
    """A session, and what is known of it.

    Parameters
    ----------
    data : ndarray, shape (n_channels, n_times)
        Signals.
    strengths : ndarray, shape (n_networks,)
        Strengths of networks.
    bursts : ndarray of bool, shape (n_networks, n_times)
        When networks burst.
    mean, deviation : ndarray, shape (n_channels, n_times)
        Of each sample, for one who knows the law, the bursts and all earlier samples of the
        background and of the rhythms.
    """

    data: Array
    strengths: Array
    bursts: NDArray[np.bool_]
    mean: Array
    deviation: Array


def draw_truth(recipe: Recipe, rng: np.random.Generator) -> Truth:
    """Draw a law: places on a sphere decide who is near whom, and signs are arbitrary."""
    n = recipe.n_channels
    place = rng.standard_normal((n, 3))
    place /= np.linalg.norm(place, axis=1, keepdims=True)
    distance = np.linalg.norm(place[:, None] - place[None], axis=2)
    sign = rng.choice([-1.0, 1.0], size=n)
    slow, fast = rng.uniform(0.90, 0.96, n), rng.uniform(0.4, 0.7, n)
    shared = 0.6 * np.exp(-0.5 * (distance / recipe.spread) ** 2) + 0.4 * np.eye(n)
    innovation = shared * np.outer(sign, sign)
    first, second = np.diag(slow + fast), np.diag(-slow * fast)
    links = np.zeros((n, n))
    for i in range(n):
        near = np.argsort(distance[i])[1:9]
        chosen = rng.choice(near, min(recipe.links, len(near)), replace=False)
        links[i, chosen] = rng.uniform(0.02, 0.06, len(chosen)) * sign[i] * sign[chosen]
    while _radius(first + links, second) > 0.985:
        links *= 0.8
    first = first + links
    maps, lagged = _maps(recipe, place, sign, rng)
    truth = Truth(recipe, first, second, innovation, maps, lagged)
    ones = np.ones(len(maps))
    background = np.trace(_background(first, second, innovation))
    rhythm = np.trace(truth.covariance(ones)) - background
    scale = np.sqrt(recipe.power * background / rhythm)
    return Truth(recipe, first, second, innovation, scale * maps, scale * lagged)


def simulate(truth: Truth, rng: np.random.Generator) -> Simulated:
    """Draw a session of a law."""
    recipe = truth.recipe
    skip = round(2 * recipe.sfreq)  # until it has forgotten that it began at zero
    n_times = skip + round(recipe.seconds * recipe.sfreq)
    n_networks = len(truth.maps)
    strengths = np.exp(recipe.variation * rng.standard_normal(n_networks))
    bursts = _bursts(recipe, n_networks, n_times, rng)
    drive = np.where(bursts, 1.0, 0.1) * strengths[:, None]
    noise = drive * rng.standard_normal(drive.shape)
    rhythm, expected = np.empty_like(noise), np.zeros_like(noise)
    for k, (one, two) in enumerate(truth.resonances):
        rhythm[k] = scipy.signal.lfilter([1.0], [1.0, -one, -two], noise[k])
        expected[k] = rhythm[k] - noise[k]
    new = np.linalg.cholesky(truth.innovation) @ rng.standard_normal((len(truth.first), n_times))
    background = _run(truth, new)
    before = np.concatenate([np.zeros((n_networks, 1)), rhythm[:, :-1]], axis=1)
    later = truth.lagged.T @ before
    data = background + truth.maps.T @ rhythm + later
    mean = background - new + truth.maps.T @ expected + later
    variance = np.diag(truth.innovation)[:, None] + (truth.maps**2).T @ drive**2
    keep = slice(skip, None)
    return Simulated(
        data[:, keep], strengths, bursts[:, keep], mean[:, keep], np.sqrt(variance[:, keep])
    )


def _maps(
    recipe: Recipe, place: Array, sign: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Array, Array]:
    """Networks: two patches each, in step or at a lag."""
    n = len(recipe.rhythms)
    maps, lagged = np.zeros((n, len(place))), np.zeros((n, len(place)))
    for k in range(n):
        for center in place[rng.choice(len(place), 2, replace=False)]:
            patch = np.exp(-4 * ((place - center) ** 2).sum(axis=1)) * sign
            lag = rng.uniform(0, 1)
            maps[k] += (1 - lag) * patch
            lagged[k] += lag * patch
    return maps, lagged


def _bursts(
    recipe: Recipe, n_networks: int, n_times: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """On and off, as Markov chains."""
    out = np.zeros((n_networks, n_times), dtype=bool)
    for row in out:
        t, on = 0, bool(rng.random() < recipe.on / (recipe.on + recipe.off))
        while t < n_times:
            mean = recipe.on if on else recipe.off
            length = int(rng.geometric(1 / (mean * recipe.sfreq)))
            row[t : t + length] = on
            t, on = t + length, not on
    return out


def _run(truth: Truth, new: Array) -> Array:
    """The vector autoregression."""
    out = np.zeros((new.shape[1] + 2, len(new)))
    both = np.concatenate([truth.second, truth.first], axis=1)
    for t, innovation in enumerate(new.T):
        out[t + 2] = both @ out[t : t + 2].ravel() + innovation
    return out[2:].T


def _companion(first: Array, second: Array) -> Array:
    n = len(first)
    return np.block([[first, second], [np.eye(n), np.zeros((n, n))]])


def _radius(first: Array, second: Array) -> float:
    return float(np.abs(np.linalg.eigvals(_companion(first, second))).max())


def _background(first: Array, second: Array, innovation: Array) -> Array:
    """Covariance of the vector autoregression."""
    n = len(first)
    noise = np.zeros((2 * n, 2 * n))
    noise[:n, :n] = innovation
    solved = scipy.linalg.solve_discrete_lyapunov(_companion(first, second), noise)
    covariance: Array = np.asarray(solved[:n, :n], dtype=np.float64)
    return covariance


def _resonance(one: float, two: float, drive: float) -> tuple[float, float]:
    """Variance of an autoregression of order 2, and its covariance one sample apart."""
    share = one / (1 - two)
    variance = drive / (1 - one * share - two * (one * share + two))
    return variance, variance * share
