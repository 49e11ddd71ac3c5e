"""How a kind of source is read: ``plan(slice)`` → shards, ``fetch(shard, cursor)`` → pages of records."""
