"""States that are networks of neurons

Ten simulated neurons switch between three networks. The states are found from their spikes alone,
and their number by the likelihood of sequences that were left out.
"""

import matplotlib.pyplot as plt
import numpy as np

import neuro
from neuro.datasets.switching import Recipe, simulate

truth = simulate(Recipe(n_states=3, n_neurons=10, n_sequences=8, n_bins=500), seed=4)
counts = list(truth.counts)
rng = np.random.default_rng(0)
how = {"link": "sigmoid", "n_restarts": 2}
candidates, chosen = neuro.states.compare_numbers(
    counts, [1, 2, 3, 4], rng=rng, n_folds=2, max_iter=20, **how
)
fitted = neuro.states.fit_states(counts, chosen, rng=rng, shared_bias=True, **how)
probabilities = neuro.states.infer_states(fitted, counts[0])

figure, axes = plt.subplots(3, 1, figsize=(9, 6.5), layout="constrained")
gains = np.array([each.bits for each in candidates])
numbers = [each.n_states for each in candidates]
axes[0].errorbar(numbers, gains.mean(1), gains.std(1) / np.sqrt(gains.shape[1]), marker="o")
axes[0].axvline(chosen, color="0.7", zorder=0)
axes[0].set(xticks=numbers, xlabel="States", ylabel="Gain (bits/spike)")
axes[1].stackplot(np.arange(len(probabilities)), probabilities.T)
axes[1].set(xlim=(0, 499), ylim=(0, 1), xlabel="Bin", ylabel="p(state)", title="As inferred")
axes[2].step(np.arange(500), truth.states[0], where="mid", color="0.2")
axes[2].set(xlim=(0, 499), yticks=range(3), xlabel="Bin", ylabel="State", title="As simulated")
