"""Stepwise EM: one pass after the other over parts of a recording that is too long for memory.

After Cappé & Moulines (2009, J. R. Statist. Soc. B 71:593-613): the M-step is made from a running
mean of what the parts say. Here that is the quadratic of Fisher scoring, as curvature and its
product with the weights it was taken at, so that parts seen at other weights can be added.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from neuro.analyses.states.chain import Posterior
from neuro.analyses.states.design import Design, design
from neuro.analyses.states.em import Spec, m_step
from neuro.analyses.states.expectation import Expectation, expect, infer
from neuro.analyses.states.fit import Fitted, fit
from neuro.analyses.states.parameters import Curvature, Parameters
from neuro.analyses.states.sequences import Sequences

FORGETTING = 0.6
"""Exponent of the weight of the newest part, between 1/2 and 1."""


def fit_stream(
    parts: Callable[[], Iterable[Sequences]],
    spec: Spec,
    rng: np.random.Generator,
    *,
    n_passes: int = 3,
    device: str = "cpu",
) -> Fitted:
    """Fit a model part by part.

    Parameters
    ----------
    parts : callable
        Gives the parts anew for each pass; the first one also serves to find the start.
    spec : Spec
        The model; observations of counts.
    rng : numpy.random.Generator
        Random numbers of the start.
    n_passes : int
        Passes over all parts.
    device : str
        Where to compute: `cpu`, `cuda`, `auto`.

    Returns
    -------
    fitted : Fitted
        The model; `trace` has the log-likelihood of each pass.

    Raises
    ------
    ValueError
        If there is no part, or the observations are Gaussian.
    """
    if spec.observation.family == "gaussian":
        raise ValueError("fit_stream: needs counts (poisson or bernoulli), got gaussian")
    first = next(iter(parts()), None)
    if first is None:
        raise ValueError("fit_stream: at least one part is needed, got none")
    begun = fit(first, spec, rng, device)
    parameters, prior, trace = begun.parameters, begun.prior, []
    running: _Running | None = None
    n_seen, total, spikes = 0, 0, np.zeros(first.n_neurons)
    for _ in range(n_passes):
        reached = 0.0
        for part in parts():
            made = design(part, spec.layout, device)
            expectation = expect(made, parameters, spec.observation)
            reached += expectation.log_likelihood
            total, spikes = total + part.n_bins, spikes + part.counts.sum(axis=0)
            weight = (n_seen + 1.0) ** -FORGETTING
            n_seen += 1
            new = _Running.of(expectation, parameters, part)
            running = new if running is None else running.toward(new, weight)
            pooled = running.expectation(parameters, part.n_bins * max(n_seen, 1))
            parameters, prior = m_step(_pooled(made), pooled, parameters, spec, prior)
        trace.append(reached)
    return Fitted(spec, parameters, prior, tuple(trace), spikes / total, begun.warnings)


def _pooled(made: Design) -> Design:
    """The design with one sequence of one bin: that of the pooled first states."""
    return replace(made, starts=np.array([0, 1], np.int64), usable=made.usable[:1])


def score_stream(parts: Iterable[Sequences], fitted: Fitted, device: str = "cpu") -> float:
    """Log-likelihood of all parts, nats."""
    return sum(
        float(
            infer(
                design(part, fitted.spec.layout, device), fitted.parameters, fitted.spec.observation
            ).log_likelihood.sum()
        )
        for part in parts
    )


@dataclass(frozen=True)
class _Running:
    """Means per bin of what the parts say."""

    curvature: Tensor
    pull: Tensor
    pairs: Tensor
    first: Tensor

    @classmethod
    def of(cls, expectation: Expectation, parameters: Parameters, part: Sequences) -> "_Running":
        """What one part says, per bin."""
        full = expectation.curvature.of()
        at = torch.einsum("snfg,sgn->sfn", full, parameters.all_weights)
        n = part.n_bins
        states = torch.from_numpy(expectation.posterior.states)
        return cls(
            full / n,
            (expectation.gradient + at) / n,
            torch.from_numpy(expectation.posterior.pairs) / n,
            states[part.starts[:-1]].sum(0) / n,
        )

    def toward(self, new: "_Running", weight: float) -> "_Running":
        """A step toward the newest part."""
        return _Running(
            torch.lerp(self.curvature, new.curvature, weight),
            torch.lerp(self.pull, new.pull, weight),
            torch.lerp(self.pairs, new.pairs, weight),
            torch.lerp(self.first, new.first, weight),
        )

    def expectation(self, parameters: Parameters, n_bins: int) -> Expectation:
        """As if all bins seen had been looked at, at the present weights."""
        at = torch.einsum("snfg,sgn->sfn", self.curvature, parameters.all_weights)
        posterior = Posterior(
            self.first.numpy()[np.newaxis] * n_bins, self.pairs.numpy() * n_bins, np.zeros(1)
        )
        return Expectation(
            posterior,
            (self.pull - at) * n_bins,
            Curvature(exact=self.curvature * n_bins),
            None,
        )
