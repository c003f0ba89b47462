"""Groups of neurons that change together

Three simulated worms have two motifs: one follows a stimulus, one goes its own way. They are found
as time courses that all animals share, and as graphs of neurons.
"""

import matplotlib.pyplot as plt
import numpy as np

import neuro
from neuro.datasets.worms import simulate

worms = simulate(
    np.random.default_rng(3), n_worms=3, n_neurons=24, duration=240.0, n_motifs=2, missing=0.1
)
found = neuro.connectomes.find_motifs(
    worms.traces,
    worms.sfreq,
    rng=np.random.default_rng(0),
    names=worms.names,
    epochs={"stimulus": [tuple(each) for each in worms.stimulus]},
    rank=2,
    n_restarts=2,
    n_folds=3,
    n_shifts=39,
)

figure, axes = plt.subplots(2, 2, figsize=(9, 6), width_ratios=[2, 1], layout="constrained")
seconds = (np.arange(len(found.times)) + 0.5) * found.step
for k, (course, graph) in enumerate(axes):
    course.plot(seconds, found.times[:, k])
    for start, stop in worms.stimulus:
        course.axvspan(start, stop, color="0.9", zorder=0)
    p = found.tests.p[k]
    course.set(xlabel="Time (s)", ylabel="Motif (a.u.)", title=f"Motif {k + 1}, p = {p:.3f}")
    order = np.argsort(found.communities[k].labels)
    graph.imshow(found.adjacency[k][np.ix_(order, order)], cmap="viridis")
    graph.set(title="Its pairs, by community", xlabel="Neuron", ylabel="Neuron")
figure.suptitle("Grey: the stimulus")
