"""Gathers numbers and spans of all processes of a host: for Prometheus to read, for a collector."""
