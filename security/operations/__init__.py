"""What the bot may do: declared operations, and the middleware that runs them."""
