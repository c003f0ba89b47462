"""Denoised traces and events: OASIS (Friedrich et al. 2017) with time constants of the population.

The time constants are first estimated from the autocovariance of each trace (Pnevmatikakis et al.
2016). Slow changes of the firing rate lengthen the decay that it shows, so the decay is refitted by
OASIS to the trace's largest isolated events. By default the median over neurons is taken: they
share the indicator.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from neuro.preprocess.calcium.traces import Bools, Floats, Traces, bridged, named, pick

if TYPE_CHECKING:
    from neuro.config.calcium import Deconvolve

LAGS = 10
"""Lags of the autocovariance beyond the kernel's order."""
N_EVENTS = 10
"""Events that the decay is refitted to."""
ROUNDS = 2
"""Which events look isolated depends on the decay, so it is refitted again."""
MOST_FRAMES = 10_000
"""Frames that the time constants are estimated from."""
LEAST_SD = 1e-9
"""Of the noise, against the trace's own: a model's trace has none, and OASIS divides by it."""


def deconvolve(traces: Traces, params: "Deconvolve") -> dict[str, Any]:
    """Events and denoised trace of each neuron that is present.

    Raises
    ------
    ValueError
        If no time constant can be estimated.
    """
    from oasis.functions import GetSn
    from oasis.functions import deconvolve as oasis

    filled = bridged(traces.values, traces.good)
    rows = np.flatnonzero(traces.present)
    sfreq = traces.sfreq
    sd = np.array([GetSn(row) for row in filled[rows]])
    sd = np.maximum(sd, LEAST_SD * np.std(filled[rows], axis=1))
    tau, failed = _chosen(_estimated(filled[rows], sd, params, sfreq), params)
    traces.tau = np.full((len(filled), params.order), np.nan)
    traces.denoised = np.full(filled.shape, np.nan)
    traces.deconvolved = np.full(filled.shape, np.nan)
    for row, times, s in zip(rows, tau, sd, strict=True):
        rise = {"tau_r": float(times[1])} if params.order == 2 else {}
        result = oasis(
            filled[row],
            tau_d=float(times[0]),
            framerate=sfreq,
            sn=float(s),
            penalty=params.penalty,
            b_nonneg=False,
            **rise,
        )
        traces.denoised[row] = result.c + result.b
        traces.deconvolved[row] = result.s
        traces.tau[row] = times
    return {
        "tau_s": [float(value) for value in np.median(tau, axis=0)],
        "estimated": params.tau_decay is None,
        "n_failed": int(failed.sum()),
        "failed": named(pick([traces.names[i] for i in rows], failed)),
        "evenly_spaced": traces.is_even,
    }


def _estimated(values: Floats, sd: Floats, params: "Deconvolve", sfreq: float) -> Floats:
    """Time constants of each neuron's own, s; NaN where they were given or cannot be estimated."""
    tau = np.full((len(values), params.order), np.nan)
    if params.tau_decay is not None:
        return tau
    for i, (row, s) in enumerate(zip(values[:, :MOST_FRAMES], sd, strict=True)):
        tau[i] = time_constants(row, s, params.order, sfreq)
        decay = float(tau[i, 0])
        for _ in range(ROUNDS):
            if np.isfinite(decay):
                decay = _refitted(row, s, decay, sfreq)
        tau[i, 0] = decay if params.order == 1 or decay > tau[i, 1] else np.nan
    return tau


def _refitted(values: Floats, sd: float, tau: float, sfreq: float) -> float:
    """Decay that fits the largest isolated events best, s; NaN if they do not decay."""
    from oasis.functions import deconvolve as oasis

    result = oasis(
        values, tau_d=tau, framerate=sfreq, sn=sd, optimize_g=N_EVENTS, b_nonneg=False, penalty=1
    )
    root = float(np.ravel(result.g)[0])
    return -1 / (sfreq * np.log(root)) if 0 < root < 1 else np.nan


def _chosen(estimated: Floats, params: "Deconvolve") -> tuple[Floats, Bools]:
    """Time constants that are used, and which neurons have none of their own."""
    failed: Bools = np.asarray(~np.isfinite(estimated).all(axis=1))
    if params.tau_decay is not None:
        given = [params.tau_decay, params.tau_rise][: params.order]
        return np.tile(np.array(given, dtype=float), (len(estimated), 1)), np.zeros_like(failed)
    if failed.all():
        raise ValueError(
            "no time constant could be estimated from the traces: none decays as an event of "
            f"order {params.order} does; give tau_decay{', tau_rise' if params.order == 2 else ''}"
        )
    median = np.median(estimated[~failed], axis=0)
    if params.pool:
        return np.tile(median, (len(estimated), 1)), failed
    return np.where(failed[:, None], median, estimated), failed


def time_constants(values: Floats, sd: float, order: int, sfreq: float) -> Floats:
    """Decay and rise of the kernel from the autocovariance of a trace, s.

    Parameters
    ----------
    values : ndarray, shape (n_times,)
        A trace.
    sd : float
        Standard deviation of its noise.
    order : int
        1 for the decay alone, 2 for decay and rise.
    sfreq : float
        Frame rate, Hz.

    Returns
    -------
    tau : ndarray, shape (order,)
        NaN where the roots are not those of a decaying kernel.
    """
    centred = values - values.mean()
    n_lags = LAGS + order
    covariance = np.array(
        [centred[lag:] @ centred[: len(centred) - lag] for lag in range(n_lags + 1)]
    ) / len(centred)
    matrix = scipy.linalg.toeplitz(covariance[:n_lags], covariance[:order]) - sd**2 * np.eye(
        n_lags, order
    )
    weights = scipy.linalg.lstsq(matrix, covariance[1:])[0]
    roots = np.roots(np.concatenate([[1.0], -weights]))
    if np.iscomplex(roots).any() or roots.real.min() <= 0 or roots.real.max() >= 1:
        return np.full(order, np.nan)
    tau: Floats = np.sort(-1 / (sfreq * np.log(roots.real)))[::-1]
    return tau
