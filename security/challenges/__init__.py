"""Proofs that a person is asked for, and the rules that limit guessing."""
