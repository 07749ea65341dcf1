"""The trail: what happened, durable before it happens, chained so that edits show."""
