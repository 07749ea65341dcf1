"""The IT API: tickets, the queue of the IT desk, and what who cannot sign in may be told."""
