"""What an API keeps about people, sealed at rest under keys that are this API's alone."""
