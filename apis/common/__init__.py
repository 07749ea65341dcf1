"""What every resource server shares: the token at the door, problems, requests, writing once."""
