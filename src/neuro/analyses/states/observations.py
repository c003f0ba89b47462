"""Likelihoods of counts and the links between weighted inputs and rates."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

FAMILIES = ("poisson", "bernoulli", "gaussian")
LINKS = ("exp", "softplus", "sigmoid", "identity")
FLOOR, TINY = 1e-10, 1e-300
MOST = 30.0
"""Largest input of the exponential link: beyond it no count can be told apart anyway."""


@dataclass(frozen=True)
class Observation:
    """A family of observations and its link.

    Parameters
    ----------
    family : {'poisson', 'bernoulli', 'gaussian'}
        Distribution of a value given its mean.
    link : {'exp', 'softplus', 'sigmoid', 'identity'}
        From the weighted input to the mean.

    Raises
    ------
    ValueError
        If the mean could be what the family does not allow.
    """

    family: str = "poisson"
    link: str = "exp"

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"family: got {self.family!r}. Allowed: {', '.join(FAMILIES)}")
        if self.link not in LINKS:
            raise ValueError(f"link: got {self.link!r}. Allowed: {', '.join(LINKS)}")
        allowed = {"bernoulli": ("sigmoid",), "poisson": LINKS[:3]}.get(self.family, LINKS)
        if self.link not in allowed:
            raise ValueError(
                f"link: {self.link!r} can give a mean that {self.family} observations cannot "
                f"have. Allowed: {', '.join(allowed)}"
            )

    def mean(self, eta: Tensor) -> Tensor:
        """Mean of an observation, from the weighted input."""
        if self.link == "exp":
            return eta.clamp(max=MOST).exp()
        if self.link == "softplus":
            # Several times faster than torch's own; its rounding lies below the floor.
            return torch.sigmoid(-eta).clamp_(min=TINY).log_().neg_().clamp_(min=FLOOR)
        return torch.sigmoid(eta) if self.link == "sigmoid" else eta

    def log_likelihood(
        self, y: Tensor, eta: Tensor, mean: Tensor, variance: Tensor | None = None
    ) -> Tensor:
        """Logarithm of the density, without terms of `y` alone for counts.

        Parameters
        ----------
        y : Tensor, shape (n_bins, 1, n_neurons)
            Observations.
        eta, mean : Tensor, shape (n_bins, n_states, n_neurons)
            Weighted inputs, and the means that they give.
        variance : Tensor or None, shape (n_states, n_neurons)
            Of Gaussian observations.

        Returns
        -------
        log_likelihood : Tensor, shape (n_bins, n_states)
            Sum over neurons.
        """
        if self.family == "bernoulli":
            return (y * eta - softplus(eta)).sum(-1)
        if self.family == "gaussian":
            assert variance is not None
            return -0.5 * ((y - mean).square() / variance + (2 * torch.pi * variance).log()).sum(-1)
        if self.link == "exp":
            return (y * eta.clamp(max=MOST) - mean).sum(-1)
        log_mean = mean.clamp(min=TINY).log()  # faster than the logarithm of the logistic function
        return (y * log_mean - mean).sum(-1)

    def slopes(self, y: Tensor, mean: Tensor, variance: Tensor | None) -> tuple[Tensor, Tensor]:
        """Derivative of the log-likelihood by the input, and Fisher's information.

        Parameters
        ----------
        y, mean, variance : Tensor
            As for :meth:`log_likelihood`.

        Returns
        -------
        score, information : Tensor, shape (n_bins, n_states, n_neurons)
            First derivative, and the expected negative second one.
        """
        if self.family == "bernoulli":
            return y - mean, mean * (1 - mean)
        if self.family == "poisson" and self.link == "exp":
            return y - mean, mean
        if self.family == "poisson" and self.link == "sigmoid":
            rest = 1 - mean
            return (y - mean) * rest, mean * rest.square()
        slope = self._slope(mean)
        if self.family == "poisson":
            relative = slope / mean
            return (y - mean) * relative, slope * relative
        assert variance is not None
        return (y - mean) * slope / variance, slope.square() / variance

    def _slope(self, mean: Tensor) -> Tensor:
        """Derivative of the mean by the input, from the mean itself."""
        if self.link == "exp":
            return mean
        if self.link == "softplus":
            return 1 - torch.exp(-mean)  # several times faster than expm1, and the floor is near
        return mean * (1 - mean) if self.link == "sigmoid" else torch.ones_like(mean)

    def inverse(self, mean: Tensor) -> Tensor:
        """Input that gives a mean; the mean is brought inside what the link can give."""
        if self.link == "identity":
            return mean
        mean = mean.clamp(min=1e-3)
        if self.link == "exp":
            return mean.log()
        if self.link == "softplus":
            return torch.where(mean > MOST, mean, mean.expm1().log())
        return torch.logit(mean, eps=1e-2)

    def constant(self, y: Tensor) -> Tensor:
        """Terms of the log-likelihood that depend on `y` alone, shape (n_bins,)."""
        return -log_factorials(y) if self.family == "poisson" else y.new_zeros(len(y))


def log_factorials(y: Tensor) -> Tensor:
    """Sum over neurons of the logarithms of the counts' factorials, shape (n_bins,)."""
    return torch.lgamma(y + 1).sum(-1)
