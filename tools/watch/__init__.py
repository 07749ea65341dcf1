"""A month of ordinary life with planted attacks, and what the watch makes of it."""
