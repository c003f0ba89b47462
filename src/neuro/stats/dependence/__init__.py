"""Dependence of one outcome on each of many variables: estimates in nats, and scores that order.

`methods` has all estimators under one interface, `matrix` applies one to a table in memory with
missing values, `selector` is that as a step of scikit-learn.
"""
