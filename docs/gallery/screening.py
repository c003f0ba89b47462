"""Which of a thousand features tell?

Two features tell about an outcome: one in a straight line, one as a square. Only the first has a
correlation with it; the score of mutual information sees both.
"""

import matplotlib.pyplot as plt
import numpy as np

import neuro

rng = np.random.default_rng(0)
features = rng.standard_normal((400, 1000))
told = [100, 400]
outcome = 0.6 * (features[:, 100] + features[:, 400] ** 2) + 0.5 * rng.standard_normal(400)

figure, axes = plt.subplots(2, 1, figsize=(9, 6), sharex=True, layout="constrained")
for axis, method in zip(axes, ("pearson", "kde_score"), strict=True):
    found = neuro.screening.screen(features, outcome, method, n_permutations=99, rng=rng)
    best = np.flatnonzero(found.significance.p_max <= 0.05)
    axis.plot(found.strength, ".", color="0.7")
    axis.plot(told, found.strength[told], "o", mfc="none", mec="tab:orange", ms=11, label="tells")
    axis.plot(best, found.strength[best], ".", color="tab:blue", label="family-wise p ≤ .05")
    axis.set(ylabel=found.method.label.capitalize())
axes[0].legend(loc="upper right")
axes[1].set(xlabel="Feature")
