from pathlib import Path

import numpy as np

from neuro.io import hdf5, manifest
from neuro.viz.style import new_figure, save_svg, style


def run(paths: list[Path], outputs: dict[str, Path], *, dataset: str, smoothing: float) -> None:
    """Mean spectrum of the recordings' parcels: from files and settings to files."""
    spectra = []
    for path in paths:
        series = hdf5.read(path)["parcels"]
        power = np.abs(np.fft.rfft(series.values, axis=-1)) ** 2
        kernel = np.ones(max(round(smoothing), 1)) / max(round(smoothing), 1)
        spectra.append(np.convolve(power.mean(axis=0), kernel, "same"))
    mean = np.mean(spectra, axis=0)
    hdf5.write(outputs["spectra"], {"mean": hdf5.Array(mean, ("frequency",))}, {"n": len(paths)})
    outputs["figures"].mkdir(parents=True, exist_ok=True)
    with style():
        figure = new_figure(3.0)
        figure.subplots().semilogy(mean)
        save_svg(figure, outputs["figures"] / "spectrum.svg")
    peak = manifest.KeyNumber(
        name="peak bin", value=float(mean[1:].argmax() + 1), n=f"{len(paths)} recordings"
    )
    shown = manifest.Figure(
        path="figures/spectrum.svg", title="Spectrum", caption="Mean power.", alt="A line.",
    )  # fmt: skip
    told = manifest.Manifest(
        word="spectrum", dataset=dataset, title="Spectrum", question="Where is the power?",
        key_numbers=[peak], figures=[shown], methods=[f"Smoothed over {smoothing:g} bins."],
    )  # fmt: skip
    manifest.write(outputs["manifest"], told)
