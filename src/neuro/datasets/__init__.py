"""Where recordings come from: sources as plug-ins, their listing, fetch and index.

Nothing is imported here: what a job depends on is what it imports itself.
"""
