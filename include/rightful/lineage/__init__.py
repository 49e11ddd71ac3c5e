"""Lineage: where a document comes from, under which licence, on what evidence, who decided, and whether it may stay."""
