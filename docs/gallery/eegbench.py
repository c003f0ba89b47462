"""Which method tells conditions apart in single trials?

Two simulated conditions differ by a wave at a few electrodes, which lies on slow drifts. Methods
meet the same held-out blocks of time.
"""

import matplotlib.pyplot as plt
import mne
import numpy as np

import neuro

rng = np.random.default_rng(0)
montage = mne.channels.make_standard_montage("biosemi32")
info = mne.create_info(montage.ch_names, 100.0, "eeg").set_montage(montage)
times = np.arange(80) / 100 - 0.2
events = np.c_[np.arange(160) * 200, np.zeros(160, int), rng.permutation(np.arange(160) % 2) + 1]
wave = np.exp(-(((times - 0.17) / 0.03) ** 2))
places = np.array([info["chs"][i]["loc"][:3] for i in range(32)])
pattern = np.exp(-np.linalg.norm(places - places[info["ch_names"].index("PO4")], axis=1) / 0.04)
data = 4 * np.cumsum(rng.standard_normal((160, 32, 80)), axis=2) / 5
data -= 6 * (events[:, 2] == 1)[:, None, None] * pattern[:, None] * wave
conditions = {"face": 1, "house": 2}
epochs = mne.EpochsArray(data * 1e-6, info, events, times[0], conditions, verbose=False)
methods = ["dummy", "features31-logistic", "ridge", "windows-lda", "xdawn-tangent"]
scores = neuro.eegbench.benchmark(epochs, methods)
areas = scores[scores["metric"] == "auroc"].groupby("method")["value"]

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for row, (_, values) in enumerate(sorted(areas, key=lambda pair: pair[1].mean())):
    left.plot(values, np.full(len(values), row), "o", color="tab:blue", alpha=0.4)
    left.plot(values.mean(), row, "D", color="tab:orange")
left.axvline(0.5, color="0.6", ls=":")
left.set(xlabel="Area under the ROC curve: blocks, and their mean", yticks=range(len(methods)))
left.set_yticklabels(areas.mean().sort_values().index)
difference = epochs["face"].average().data - epochs["house"].average().data
mne.viz.plot_topomap(difference[:, 37], info, axes=right, show=False)
right.set(title="Face less house, 170 ms")
