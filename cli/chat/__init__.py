"""`gatehouse chat`: a terminal in the place of the page, over the same public API."""
