"""Single sign-on by OpenID Connect: what a provider may say, and what its word is worth."""
