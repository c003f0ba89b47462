"""Signs of parcels across recordings, by time-delay embedded covariance.

The sign of a parcel's time course is arbitrary. Flipping signs f = ±1 turns the entry (p, q) of a
covariance into f_p f_q times itself, so the correlation of its entries with those of a template
depends on f through two quadratic forms only: P(f) = f'Af, the sum of products with the template's
entries, and Q(f) = f'Bf, the sum of the entries.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
N_STARTS = 5
"""Leading eigenvectors of each form whose signs are starts of the ascent."""
CHUNK = 20_000
TINY = 1e-12


@dataclass(frozen=True)
class Alignment:
    """Signs of one recording.

    Parameters
    ----------
    signs : ndarray, shape (n_parcels,)
        1 or -1; of the two equivalent choices the one with fewer -1.
    before, after : float
        Correlation with the template's entries, as it was and with the signs.
    """

    signs: NDArray[np.int_]
    before: float
    after: float


def embedded_covariance(data: Floats, stretches: Sequence[slice], n_embeddings: int) -> Floats:
    """Correlations of all parcels at all delays.

    Parameters
    ----------
    data : ndarray, shape (n_parcels, n_times)
        Time courses.
    stretches : sequence of slice
        Where they are good; no embedding crosses an end.
    n_embeddings : int
        Delays, samples.

    Returns
    -------
    covariance : ndarray, shape (n_parcels * n_embeddings, n_parcels * n_embeddings)
        Standardized: ones on the diagonal; a parcel's delays lie side by side.

    Raises
    ------
    ValueError
        If no stretch is long enough.
    """
    n_parcels = len(data)
    size = n_parcels * n_embeddings
    total, products, count = np.zeros(size), np.zeros((size, size)), 0
    for part in stretches:
        # Chunks overlap by the embedding, so that no sample is lost between them.
        for start in range(part.start, part.stop - n_embeddings + 1, CHUNK):
            stop = min(start + CHUNK + n_embeddings - 1, part.stop)
            windows = np.lib.stride_tricks.sliding_window_view(
                data[:, start:stop], n_embeddings, axis=1
            )
            embedded = windows.transpose(0, 2, 1).reshape(size, -1)
            total += embedded.sum(axis=1)
            products += embedded @ embedded.T
            count += embedded.shape[1]
    if count <= 1:
        raise ValueError(
            f"no good stretch of the recording holds {n_embeddings} samples; lower "
            "preprocess.signs.n_embeddings, or set preprocess.signs: null"
        )
    covariance = products / count - np.outer(total, total) / count**2
    spread = np.sqrt(np.maximum(np.diag(covariance), TINY))
    found: Floats = covariance / np.outer(spread, spread)
    return found


def entries(covariance: Floats, n_embeddings: int) -> Floats:
    """Blocks of all pairs of different parcels, shape (n_pairs, n_embeddings ** 2)."""
    n_parcels = len(covariance) // n_embeddings
    blocks = covariance.reshape(n_parcels, n_embeddings, n_parcels, n_embeddings)
    rows, columns = np.triu_indices(n_parcels, 1)
    return blocks[rows, :, columns, :].reshape(len(rows), -1)


def likeness(sizes: Sequence[Floats]) -> Floats:
    """Mean correlation of each recording's absolute entries with all others'.

    Parameters
    ----------
    sizes : sequence of ndarray
        Absolute entries of each recording, which signs do not change.
    """
    rows = np.array([np.ravel(one) - np.mean(one) for one in sizes])
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), TINY)
    total = rows.sum(axis=0)
    found: Floats = (rows @ total - 1) / max(1, len(rows) - 1)
    return found


def align(own: Floats, template: Floats, n_parcels: int) -> Alignment:
    """Find the signs that make a recording most like a template.

    Deterministic: single flips are made, the best first, as long as one helps, from the signs of
    leading eigenvectors and from no flip at all; the best end is taken.

    Parameters
    ----------
    own, template : ndarray, shape (n_pairs, n_entries)
        From :func:`entries`.
    n_parcels : int
        Number of parcels.

    Returns
    -------
    alignment : Alignment
        The signs.
    """
    forms = _Forms(own, template, n_parcels)
    ends = [forms.climb(start) for start in forms.starts()]
    scores = [forms.score(end) for end in ends]
    best = ends[int(np.argmax(scores))]
    if (best < 0).sum() > n_parcels / 2 or ((best < 0).sum() == n_parcels / 2 and best[0] < 0):
        best = -best
    return Alignment(
        signs=best.astype(int), before=forms.score(np.ones(n_parcels)), after=forms.score(best)
    )


class _Forms:
    """The two quadratic forms, and the correlation as their function."""

    def __init__(self, own: Floats, template: Floats, n_parcels: int) -> None:
        self.n = own.size
        self.square = float((own**2).sum())
        self.mean = float(template.mean())
        centered = template - self.mean
        self.spread = float(np.linalg.norm(centered))
        self.product = self._matrix((own * centered).sum(axis=1), n_parcels)
        self.sum = self._matrix(own.sum(axis=1), n_parcels)

    @staticmethod
    def _matrix(pairs: Floats, n_parcels: int) -> Floats:
        """Symmetric, zero on the diagonal, so that f'Mf is the sum over pairs."""
        matrix = np.zeros((n_parcels, n_parcels))
        matrix[np.triu_indices(n_parcels, 1)] = pairs / 2
        return matrix + matrix.T

    def score(self, signs: Floats) -> float:
        """Correlation with the template."""
        return float(self._score(signs @ self.product @ signs, signs @ self.sum @ signs))

    def _score(self, product: Floats, total: Floats) -> Floats:
        variance = self.square - total**2 / self.n
        found: Floats = product / np.maximum(np.sqrt(np.maximum(variance, 0)) * self.spread, TINY)
        return found

    def starts(self) -> list[Floats]:
        """Signs of leading eigenvectors, and no flip."""
        n_parcels = len(self.product)
        found = [np.ones(n_parcels)]
        for matrix in (self.product, self.sum):
            _, vectors = np.linalg.eigh(matrix)
            found += [np.where(v < 0, -1.0, 1.0) for v in vectors.T[::-1][:N_STARTS]]
        return found

    def climb(self, signs: Floats) -> Floats:
        """Flip one parcel after the other, the best first, as long as the correlation grows."""
        signs = signs.copy()
        product, total = signs @ self.product @ signs, signs @ self.sum @ signs
        now = float(self._score(product, total))
        while True:
            products = product - 4 * signs * (self.product @ signs)
            totals = total - 4 * signs * (self.sum @ signs)
            scores = self._score(products, totals)
            best = int(np.argmax(scores))
            if scores[best] <= now + TINY:
                return signs
            signs[best] *= -1
            product, total, now = products[best], totals[best], float(scores[best])
