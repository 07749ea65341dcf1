"""Copies of what people have left behind: sealed while they are made, and brought back whole."""
