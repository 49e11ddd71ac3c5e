"""Kind ``repository``: source code, file by file, each by its own licence.

Nothing is imported here: the check of source files needs one small module, not the connector.
"""
