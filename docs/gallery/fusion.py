"""Two modalities tell what neither tells alone

The groups of simulated people differ by a product of two networks, one seen in functional, one in
structural MRI. Alone, each modality is near chance.
"""

import matplotlib.pyplot as plt
import numpy as np

import neuro

rng, n, regions = np.random.default_rng(1), 240, tuple(f"R{i:02d}" for i in range(20))
states = rng.standard_normal((2, n))
labels = states[0] * states[1] + 0.2 * rng.standard_normal(n) > 0
views = []
for (name, modality), state in zip(
    (("alff", "function"), ("fa", "structure")), states, strict=True
):
    values = 0.6 * rng.standard_normal((n, 20))
    values[:, :6] += state[:, None]  # a network of six regions
    views.append(neuro.fusion.View(name, modality, "regions", values))
cohort = neuro.fusion.Cohort(tuple(views), regions, np.arange(n).astype(str), labels)
found = neuro.fusion.fuse(
    cohort,
    rng=rng,
    methods=["function_ridge", "structure_ridge", "early", "kernel_product"],
    n_permutations=0,
    ablation=False,
    n_encoders=2,
)

figure, axes = plt.subplots(figsize=(9, 3.2), layout="constrained")
for row, (name, judged) in enumerate(sorted(found.judged.items(), key=lambda x: x[1].auroc)):
    axes.plot(judged.interval, [row, row], color="tab:blue", lw=2)
    axes.plot(judged.auroc, row, "o", color="tab:orange" if name == "fusion" else "tab:blue")
axes.axvline(0.5, color="0.6", ls=":", label="chance")
axes.set(yticks=range(len(found.judged)), xlabel="Area under the ROC curve, 95 % interval")
axes.set_yticklabels(sorted(found.judged, key=lambda name: found.judged[name].auroc))
axes.legend(loc="lower right")
