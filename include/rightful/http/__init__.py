"""One polite, bounded HTTP client for every connector."""
