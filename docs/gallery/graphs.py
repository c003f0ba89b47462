"""How regions are embedded in their networks

Two groups of people have the same correlations on average and the same number of edges at every
node; in one of them, thirty nodes form triangles. The 3-cycle map shows where, the degree does not.
"""

import matplotlib.pyplot as plt
import numpy as np

import neuro
from neuro.analyses.graphs.simulate import triangle_cohort

rng = np.random.default_rng(0)
cohort = triangle_cohort(rng, n_subjects=24, n_nodes=120, n_planted=30, n_times=300)
threshold = neuro.graphs.Density(cohort.density)
maps = [neuro.graphs.node_maps(each, threshold=threshold) for each in cohort.series]

figure, axes = plt.subplots(2, 1, figsize=(9, 6), sharex=True, layout="constrained")
for axis, measure in zip(axes, ("degree", "cycles3"), strict=True):
    values = np.array([each[measure] for each in maps])
    differs = neuro.graphs.group_difference(values, cohort.labels, rng, n_permutations=199)
    axis.axhspan(-differs.critical, differs.critical, color="0.93", label="chance, corrected")
    axis.plot(differs.t, ".", color="0.5")
    planted = np.flatnonzero(cohort.planted)
    axis.plot(planted, differs.t[planted], ".", color="tab:orange", label="has triangles")
    axis.set(ylabel="t of the difference", title={"cycles3": "3-cycles"}.get(measure, "Degree"))
axes[0].legend(loc="upper right")
axes[1].set(xlabel="Node")
