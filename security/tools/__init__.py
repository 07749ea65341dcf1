"""What a person at the machine may look at: the trail, and the table of operations."""
