"""What happens inside gated recurrent units between two matrix products, in one pass each way."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from neuro.stats.compiled import compiled

_F = np.float32
Matrix = NDArray[np.float32]


@numba.njit(inline="always")
def _tanh(x: Any) -> Any:
    """Lambert's continued fraction at a quarter, doubled twice: within 2e-7 everywhere."""
    y = _F(0.25) * min(max(x, _F(-9.5)), _F(9.5))
    s = y * y
    top = y * (_F(135135) + s * (_F(17325) + s * (_F(378) + s)))
    low = _F(135135) + s * (_F(62370) + s * (_F(3150) + s * _F(28)))
    # tanh 2y = 2 t / (1 + t²) on fractions: one division at the end.
    twice_top, twice_low = _F(2) * top * low, low * low + top * top
    scale = _F(1) / twice_low
    t = twice_top * scale
    return _F(2) * t / (_F(1) + t * t)


@compiled
def advance(
    product: Matrix, x: Matrix, w_in: Matrix, b_in: Matrix, state: Matrix, new: Matrix
) -> None:
    """New states from old ones.

    Parameters
    ----------
    product : ndarray, shape (n_rows, 3 * n_units)
        Recurrent weights times the state, with their bias.
    x : ndarray, shape (n_rows,)
        Input.
    w_in, b_in : ndarray, shape (3 * n_units,)
        Weights and bias of the input: reset, update, candidate.
    state, new : ndarray, shape (n_rows, n_units)
        States before and, filled here, after.
    """
    n, h = state.shape
    for i in range(n):
        v = x[i]
        for j in range(h):
            reset = _F(0.5) + _F(0.5) * _tanh(_F(0.5) * (product[i, j] + v * w_in[j] + b_in[j]))
            k = h + j
            update = _F(0.5) + _F(0.5) * _tanh(_F(0.5) * (product[i, k] + v * w_in[k] + b_in[k]))
            k = 2 * h + j
            candidate = _tanh(v * w_in[k] + b_in[k] + reset * product[i, k])
            new[i, j] = candidate + update * (state[i, j] - candidate)


@compiled
def retreat(
    product: Matrix,
    x: Matrix,
    w_in: Matrix,
    b_in: Matrix,
    state: Matrix,
    grad: Matrix,
    carry: Matrix,
    fresh: Matrix,
) -> None:
    """Gradients of one step, from the product that :func:`advance` saw.

    Parameters
    ----------
    product, x, w_in, b_in, state
        As in :func:`advance`; `product` is replaced by the gradient with respect to it.
    grad : ndarray, shape (n_rows, n_units)
        Gradient of the new states from outside.
    carry : ndarray, shape (n_rows, n_units)
        Their gradient from later steps; replaced by the part that goes straight to the old ones.
    fresh : ndarray, shape (n_rows, n_units)
        Filled with the gradient of the candidate before its tanh.
    """
    n, h = state.shape
    # Through a row of scratch: with so many arrays in one loop none of it would be vectorized.
    gates = np.empty(3 * h, dtype=np.float32)
    for i in range(n):
        v = x[i]
        for j in range(2 * h):
            gates[j] = _F(0.5) + _F(0.5) * _tanh(_F(0.5) * (product[i, j] + v * w_in[j] + b_in[j]))
        for j in range(h):
            k = 2 * h + j
            gates[k] = _tanh(v * w_in[k] + b_in[k] + gates[j] * product[i, k])
        for j in range(h):
            carry[i, j] += grad[i, j]
            slope = _F(1) - gates[2 * h + j] * gates[2 * h + j]
            fresh[i, j] = carry[i, j] * (_F(1) - gates[h + j]) * slope
        for j in range(h):
            rest = state[i, j] - gates[2 * h + j]
            product[i, h + j] = carry[i, j] * rest * gates[h + j] * (_F(1) - gates[h + j])
        for j in range(h):
            moved = fresh[i, j] * gates[j]
            product[i, j] = moved * product[i, 2 * h + j] * (_F(1) - gates[j])
        for j in range(h):
            product[i, 2 * h + j] = fresh[i, j] * gates[j]
        for j in range(h):
            carry[i, j] *= gates[h + j]
