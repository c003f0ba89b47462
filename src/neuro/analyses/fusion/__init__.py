"""Fusion of functional and diffusion MRI: what tells people apart in both that is in neither."""
