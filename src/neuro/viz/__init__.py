"""Figures: one style, palettes that colour-blind readers can tell apart, byte-stable SVG."""
