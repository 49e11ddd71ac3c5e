"""What kinds ``feed`` and ``podcast`` share: lists of feeds, asking for them, reading them and their licences."""
