"""Site effects taken out of features: ComBat (Johnson et al. 2007), to be fitted on training data.

Each feature is standardized by a linear model of site means and covariates; every site keeps a
shift and a scale per feature, shrunk toward those of its other features by empirical Bayes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Names = NDArray[np.str_]

TOLERANCE, MOST_ITERATIONS = 1e-6, 500


@dataclass(frozen=True, eq=False)
class ComBat:
    """A fitted harmonization.

    Parameters
    ----------
    sites : tuple of str
        Sites it knows.
    mean : ndarray, shape (n_features,)
        Grand mean: of site means weighted by subjects.
    slopes : ndarray, shape (n_covariates, n_features)
        Effects of the covariates, which are kept in the data.
    scale : ndarray, shape (n_features,)
        Residual standard deviation.
    shift, spread : ndarray, shapes (n_sites, n_features)
        Each site's own, of the standardized data.
    """

    sites: tuple[str, ...]
    mean: Floats
    slopes: Floats
    scale: Floats
    shift: Floats
    spread: Floats

    @classmethod
    def fit(cls, features: Floats, sites: Names, covariates: Floats | None = None) -> "ComBat":
        """Learn the site effects.

        Parameters
        ----------
        features : ndarray, shape (n_subjects, n_features)
            Training data.
        sites : ndarray of str, shape (n_subjects,)
            Their sites.
        covariates : ndarray, shape (n_subjects, n_covariates) | None
            What differs between sites and shall be kept, e.g. age; never the diagnosis, which is
            not known for new subjects.

        Raises
        ------
        ValueError
            If a site has fewer than two subjects, or covariates and sites cannot be told apart.
        """
        names, which = np.unique(sites, return_inverse=True)
        counts = np.bincount(which)
        if counts.min() < 2:
            alone = [str(name) for name, n in zip(names, counts, strict=True) if n < 2]
            raise ValueError(
                f"harmonize: sites {alone} have one training subject; a spread needs two: merge "
                "such sites or leave them out"
            )
        more = _columns(covariates, len(features))
        design = np.hstack([np.eye(len(names))[which], more])
        if np.linalg.matrix_rank(design) < design.shape[1]:
            raise ValueError(
                "harmonize: covariates and sites cannot be told apart (a covariate is constant "
                "within every site); leave that covariate out"
            )
        effects = np.linalg.lstsq(design, features, rcond=None)[0]
        mean = np.asarray(counts / counts.sum() @ effects[: len(names)], dtype=np.float64)
        slopes = np.asarray(effects[len(names) :], dtype=np.float64)
        residual = features - design @ effects
        scale = np.sqrt((residual**2).mean(axis=0))
        scale = np.where(scale > 0, scale, 1.0)
        standard = (features - mean - more @ slopes) / scale
        parts = [_shrunk(standard[which == k]) for k in range(len(names))]
        shift, spread = (np.array(values) for values in zip(*parts, strict=True))
        return cls(tuple(map(str, names)), mean, slopes, scale, shift, spread)

    def transform(self, features: Floats, sites: Names, covariates: Floats | None = None) -> Floats:
        """Take the site effects out.

        A site that was not in the training data has no known effect: its subjects stay as they
        are.

        Parameters
        ----------
        features, sites, covariates
            As for :meth:`fit`, of any subjects.

        Returns
        -------
        features : ndarray, shape (n_subjects, n_features)
        """
        more = _columns(covariates, len(features)) @ self.slopes
        standard = (features - self.mean - more) / self.scale
        for k, name in enumerate(self.sites):
            here = sites == name
            standard[here] = (standard[here] - self.shift[k]) / self.spread[k]
        return np.asarray(standard * self.scale + self.mean + more)


def _columns(covariates: Floats | None, n: int) -> Floats:
    return np.zeros((n, 0)) if covariates is None else np.asarray(covariates, dtype=float)


def _shrunk(standard: Floats) -> tuple[Floats, Floats]:
    """Posterior shift and spread of one site's features (equations of the paper's section 3.2)."""
    n = len(standard)
    own_shift = standard.mean(axis=0)
    own_variance = standard.var(axis=0, ddof=1)
    if standard.shape[1] < 2 or own_shift.var(ddof=1) == 0 or own_variance.var(ddof=1) == 0:
        return own_shift, np.sqrt(np.where(own_variance > 0, own_variance, 1.0))
    center, tau2 = own_shift.mean(), own_shift.var(ddof=1)
    m, s2 = own_variance.mean(), own_variance.var(ddof=1)
    shape, rate = (2 * s2 + m**2) / s2, (m * s2 + m**3) / s2
    shift, variance = own_shift, own_variance
    for _ in range(MOST_ITERATIONS):
        new_shift = (n * tau2 * own_shift + variance * center) / (n * tau2 + variance)
        squares = ((standard - new_shift) ** 2).sum(axis=0)
        new_variance = (rate + squares / 2) / (n / 2 + shape - 1)
        change = max(
            float(np.abs((new_shift - shift) / (np.abs(shift) + TOLERANCE)).max()),
            float(np.abs((new_variance - variance) / (variance + TOLERANCE)).max()),
        )
        shift, variance = new_shift, new_variance
        if change < TOLERANCE:
            break
    return shift, np.sqrt(variance)
