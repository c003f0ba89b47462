"""Classical methods: pipelines of features, spatial filters, Riemannian geometry and linear models.

A pipeline is a YAML file in moabb's format; its steps are classes of scikit-learn, pyriemann, MNE,
or of this package.
"""
