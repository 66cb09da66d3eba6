"""The verbs of ``manage.py auth`` that belong to no feature.

A verb is registered by a function that gets the sub-parsers of ``auth``, adds its own and names what it runs:
``parser.set_defaults(run=...)``. That gets the parsed options and returns the exit status.
"""
