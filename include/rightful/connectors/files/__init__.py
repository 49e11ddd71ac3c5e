"""Files over HTTP, in buckets and folders: as streams that go on where a connection broke."""
