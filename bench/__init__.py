"""`make bench`: Gatehouse beside stock Rasa, on the same model, machine and banking API."""
