"""The developer's code: one short class a request. No action ever sees a token."""
