"""Security's HTTP faces: one listener a caller, each with what that caller may ask and no more."""
