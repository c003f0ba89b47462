"""Works behind the preprocessing of spikes."""

from neuro.io.manifest import Citation

NWB = Citation(
    text="Rübel O, Tritt A, Ly R, et al. (2022). The Neurodata Without Borders ecosystem for "
    "neurophysiological data science. eLife, 11, e78362.",
    url="https://doi.org/10.7554/eLife.78362",
)
QUALITY = Citation(
    text="Hill DN, Mehta SB, Kleinfeld D (2011). Quality metrics to accompany spike sorting of "
    "extracellular signals. Journal of Neuroscience, 31(24), 8699-8705.",
    url="https://doi.org/10.1523/JNEUROSCI.0971-11.2011",
)
HEAD_DIRECTION = Citation(
    text="Taube JS, Muller RU, Ranck JB (1990). Head-direction cells recorded from the "
    "postsubiculum in freely moving rats. I. Description and quantitative analysis. Journal of "
    "Neuroscience, 10(2), 420-435.",
    url="https://doi.org/10.1523/JNEUROSCI.10-02-00420.1990",
)
SKAGGS = Citation(
    text="Skaggs WE, McNaughton BL, Gothard KM, Markus EJ (1993). An information-theoretic "
    "approach to deciphering the hippocampal code. Advances in Neural Information Processing "
    "Systems, 5, 1030-1037.",
)
FDR = Citation(
    text="Benjamini Y, Hochberg Y (1995). Controlling the false discovery rate: a practical and "
    "powerful approach to multiple testing. Journal of the Royal Statistical Society B, 57(1), "
    "289-300.",
    url="https://doi.org/10.1111/j.2517-6161.1995.tb02031.x",
)
