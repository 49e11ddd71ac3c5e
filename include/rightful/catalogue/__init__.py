"""The catalogue: what a source or contract file may say, and how it is read."""
