"""How files of a package become a BIDS-like tree: a module per shape of files.

Each has a function `arrange(unpacked, root, **options)`, which reads below `unpacked` and writes
below `root`; `options` are those of the catalogue's entry. Nothing is imported here.
"""
