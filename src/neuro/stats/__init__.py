"""Intervals, resampling and tests that more than one analysis uses."""
