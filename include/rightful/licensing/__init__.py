"""What a licence tag means (identify), whether it may load (decide), and the audit's second opinion (recheck)."""
