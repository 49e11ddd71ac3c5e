"""Kind ``synthetic``: texts that a model makes from documents of the corpus.

Nothing is imported here: the check of source files needs one small module, not the connector.
"""
