"""Kind ``dump``: bulk files, read as streams."""
