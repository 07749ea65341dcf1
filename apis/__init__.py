"""Mock resource servers: each with its own database and its own OpenAPI document."""
