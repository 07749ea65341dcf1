"""The orders API: a mock shop behind a real resource server."""
