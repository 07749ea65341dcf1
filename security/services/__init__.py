"""What the gateway may ask for: each service is one transaction, or a few, over pure rules."""
