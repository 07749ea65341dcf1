"""The only input and output of the core."""
