"""Short-lived scoped access tokens: how they are made, and how an API checks them."""
