"""Kind ``video``: what yt-dlp reads, by extractors that the source file names.

Nothing is imported here: the check of source files needs one small module, not the connector.
"""
