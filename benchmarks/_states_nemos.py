"""nemos' GLM-HMM on the same counts: the same model, the same starts, its own EM.

`fit_nemos` runs this file as a program of its own, so that JAX never meets torch; the folder with
nemos comes last on its path. nemos compares exp(log-likelihood per bin) between iterations, which
for twenty neurons is below its tolerance from the beginning; here it ends as ours does, by the
change of the log-likelihood per bin.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

STARTS, SPREAD = 1, 0.3
"""Random starts, and the standard deviation of their weights; nemos' own 0.001 comes first."""
MOST, TOLERANCE, STEPS = 25, 1e-5, 20
"""EM iterations at most, rise of the log-likelihood per bin that ends them, steps of L-BFGS."""
ONE = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


@dataclass
class Nemos:
    """Fits of nemos, one per start."""

    weights: np.ndarray
    bias: np.ndarray
    transitions: np.ndarray
    initial: np.ndarray
    train: np.ndarray
    test: np.ndarray
    seconds: np.ndarray
    iterations: np.ndarray
    version: str


def fit_nemos(folder: str, arrays: dict[str, np.ndarray]) -> Nemos:
    """Fit `x`, `y`, `new` (training) from several starts, and score `test_*`; `n_states`."""
    with tempfile.TemporaryDirectory() as scratch:
        given, found = Path(scratch) / "in.npz", Path(scratch) / "out.npz"
        np.savez(given, **arrays)
        environment = os.environ | {"XLA_FLAGS": ONE, "JAX_PLATFORMS": "cpu"}
        command = [sys.executable, __file__, folder, str(given), str(found)]
        subprocess.run(command, check=True, env=environment)
        with np.load(found) as file:
            values = {key: file[key] for key in file.files}
    return Nemos(**{key: str(v) if key == "version" else v for key, v in values.items()})


def _main(folder: str, given: str, found: str) -> None:
    import time

    sys.path.append(folder)
    import jax
    import jax.numpy as jnp
    import nemos
    from nemos.glm.params import GLMParams
    from nemos.glm_hmm.algorithm_configs import (
        prepare_estep_log_likelihood,
        prepare_mstep_nll_objective_param,
    )
    from nemos.glm_hmm.expectation_maximization import em_glm_hmm, forward_backward
    from nemos.glm_hmm.initialize_parameters import (
        random_glm_params_init,
        sticky_transition_proba_init,
    )
    from nemos.glm_hmm.params import GLMHMMParams, GLMScale, HMMParams
    from nemos.observation_models import PoissonObservations
    from nemos.regularizer import UnRegularized
    from nemos.solvers import get_solver

    jax.config.update("jax_enable_x64", True)
    with np.load(given) as file:
        data = {key: jnp.asarray(file[key]) for key in file.files}
    s, link = int(data["n_states"]), jax.nn.sigmoid
    x, y, new = data["x"], data["y"], data["new"]
    likelihood = prepare_estep_log_likelihood(True, PoissonObservations())
    objective = prepare_mstep_nll_objective_param(True, PoissonObservations(), link)

    def begin(key: int, spread: float) -> GLMHMMParams:
        random = jax.random.PRNGKey(key)
        coef, intercept = random_glm_params_init(s, x, y, link, random, spread)
        chain = jnp.log(jnp.full(s, 1 / s)), jnp.log(sticky_transition_proba_init(s, x, y))
        scale = GLMScale(jnp.zeros((y.shape[1], s)))
        return GLMHMMParams(GLMParams(coef, intercept), scale, HMMParams(*chain))

    first = begin(0, SPREAD).glm_params
    solver = get_solver("LBFGS").implementation(
        objective, UnRegularized(), None, has_aux=False, init_params=first, maxiter=STEPS
    )

    def m_step(params, *of):
        return solver.run(params, *of)

    def rests(state, tol):
        return (
            jnp.abs(jnp.log(state.data_log_likelihood / state.previous_data_log_likelihood)) < tol
        )

    out: dict[str, list] = {key: [] for key in Nemos.__annotations__ if key != "version"}
    for key in range(STARTS + 1):
        begun = time.process_time()
        params, state = em_glm_hmm(
            begin(key, 0.001 if key == 0 else SPREAD),
            *(x, y, link, likelihood, m_step, None, new, MOST, TOLERANCE, rests),
        )
        jax.block_until_ready(params.glm_params.coef)
        out["seconds"].append(time.process_time() - begun)
        print(f"  nemos: start {key}, {out['seconds'][-1]:.0f} CPU s", file=sys.stderr, flush=True)
        out["iterations"].append(int(state.iterations))
        hmm, glm = params.hmm_params, params.glm_params
        out["weights"].append(np.moveaxis(np.asarray(glm.coef), 2, 0))
        out["bias"].append(np.asarray(glm.intercept).T)
        out["transitions"].append(np.exp(hmm.log_transition_prob))
        out["initial"].append(np.exp(hmm.log_initial_prob))
        for part, (a, b, c) in {
            "train": (x, y, new),
            "test": (data["test_x"], data["test_y"], data["test_new"]),
        }.items():
            chain = hmm.log_initial_prob, hmm.log_transition_prob
            reached = forward_backward(
                a, b, *chain, glm, params.glm_scale, link, likelihood, is_new_session=c
            )[2]
            out[part].append(float(reached))
    np.savez(found, version=nemos.__version__, **{k: np.array(v) for k, v in out.items()})


if __name__ == "__main__":
    _main(*sys.argv[1:])
