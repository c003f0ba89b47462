"""Mutual-information screening: which of thousands of features tell about an outcome?

Every feature is scored against the outcome, all at once, in chunks of bounded memory. Two products
have names of their own: an *estimate* is mutual information in nats, a *score* only orders
features, and is made for power.
"""
