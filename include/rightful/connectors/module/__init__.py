"""Kind ``module``: a small Python file lists the records; everything else is as of every other kind.

Nothing is imported here: the check of source files needs one small module, not the connector.
"""
