"""Sessions that never were

A tokenizer and a small transformer learn three channels of simulated rhythms. What they generate
has the spectrum of a session that they have not seen.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.signal import welch

import neuro
from neuro.datasets.rhythms import Recipe, draw_truth, simulate

recipe = Recipe(n_channels=3, sfreq=100.0, seconds=60.0, rhythms=(6.0, 10.0, 20.0), links=1)
truth = draw_truth(recipe, np.random.default_rng(2))
train, test = (
    simulate(truth, np.random.default_rng(seed)).data[:, 100:].astype(float) for seed in (0, 1)
)
rng = np.random.default_rng(0)
tokenizer = neuro.meggpt.fit_tokenizer(train, 100.0, rng=rng)
model = neuro.meggpt.train_model(train, tokenizer, n_steps=40, width=32, n_layers=1, hidden=64)
drawn = model.generate(test, 20.0, rng=rng)
real = (test - test.mean(1, keepdims=True)) / test.std(1, keepdims=True)

figure, axes = plt.subplots(2, 3, figsize=(10, 5), layout="constrained", sharey="row")
for k in range(3):
    axes[0, k].plot(np.arange(200) / 100, real[k, :200] + 3, label="recorded")
    axes[0, k].plot(np.arange(200) / 100, drawn[k, :200] - 3, label="generated")
    axes[0, k].set(xlabel="Time (s)", yticks=[], title=f"Channel {k + 1}")
    for signal in (real[k], drawn[k]):
        frequencies, power = welch(signal, 100.0, nperseg=200)
        axes[1, k].semilogy(frequencies, power)
    axes[1, k].set(xlabel="Frequency (Hz)", xlim=(1, 45))
axes[1, 0].set(ylabel="Power (SD²/Hz)")
axes[0, 0].set(ylim=(-7, 10))
axes[0, 0].legend(loc="upper right", ncols=2)
figure.suptitle(f"Held-out tokens cost {model.score(test).nats:.2f} nats each")
