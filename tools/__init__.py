"""What the Makefile calls: building the environments, checking the tree."""
