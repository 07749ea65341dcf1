"""What runs inside the Rasa process (Python 3.10): launcher, channel, tracker store, processor.

Rasa parses what strangers type, so nothing here is trusted: it holds no key but that of the
turn in hand, no credential but its own two, and no state that decides anything.
"""
