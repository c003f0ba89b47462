"""The report: a static site, rendered from manifests and the data beside them."""

from neuro.report.facts import facts
from neuro.report.failures import Failure, read_failures
from neuro.report.page import build

__all__ = ["Failure", "build", "facts", "read_failures"]
