"""Every network of the benchmark, by name."""

from neuro.analyses.eegbench.networks.architecture import Architecture
from neuro.analyses.eegbench.networks.foundations import FOUNDATIONS
from neuro.analyses.eegbench.networks.specialists import SPECIALISTS

ARCHITECTURES: dict[str, Architecture] = {a.name: a for a in (*SPECIALISTS, *FOUNDATIONS)}
"""What the configuration can ask for; foundation architectures with an adaptation."""
