"""Functional MRI: from volumes or parcels to time courses, maps and connectivity."""
