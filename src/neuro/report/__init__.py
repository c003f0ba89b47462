"""The report: one static page, rendered from manifests and nothing else."""

from neuro.report.facts import facts
from neuro.report.failures import Failure, read_failures
from neuro.report.page import build

__all__ = ["Failure", "build", "facts", "read_failures"]
