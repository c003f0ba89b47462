"""From raw brain recordings to analyses, figures and a report."""

__version__ = "0.1.0.dev0"
