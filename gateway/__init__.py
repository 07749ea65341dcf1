"""The front door: the only public port. It holds no database and decides nothing by itself."""
