"""The banking API: accounts and transactions, for the owner that the token names."""
