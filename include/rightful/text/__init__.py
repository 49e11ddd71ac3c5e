"""Bytes and markup become plain text, with its language, hash and token count."""
