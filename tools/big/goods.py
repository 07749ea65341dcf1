"""What the shop sells: things with their price in cents."""

from __future__ import annotations

_PLAIN = (
    ("Coffee grinder", 7_900),
    ("Electric kettle", 3_499),
    ("Garden chair", 3_950),
    ("Hiking boots", 12_900),
    ("Wool socks", 990),
    ("Wireless headphones", 14_900),
    ("Yellow raincoat", 6_400),
    ("Two-person tent", 18_900),
    ("Desk lamp", 4_590),
    ("Bicycle pump", 2_290),
    ("Enamel mug", 1_290),
    ("Chess set", 3_900),
    ("Water bottle", 1_890),
    ("Cast iron pan", 5_490),
    ("Bread knife", 2_990),
    ("Alarm clock", 2_490),
    ("Yoga mat", 3_290),
    ("Table tennis set", 2_790),
    ("Picnic blanket", 2_590),
    ("USB charger", 1_990),
    ("Notebook, dotted", 890),
    ("Fountain pen", 4_200),
    ("Scented candle", 1_450),
    ("Plant pot", 1_150),
    ("Toolbox", 5_900),
    ("LED bulb, warm white", 690),
    ("Kitchen scales", 2_790),
    ("Travel pillow", 1_790),
)
_COLOURED = (
    ("Linen shirt", 4_990),
    ("Cotton T-shirt", 1_990),
    ("Backpack", 7_490),
    ("Umbrella", 2_190),
    ("Bath towel", 1_690),
    ("Cushion cover", 1_490),
    ("Fleece blanket", 2_990),
    ("Rain trousers", 4_490),
    ("Beanie", 1_890),
    ("Running shoes", 9_900),
)
_COLOURS = ("black", "navy", "sage", "rust", "sand", "burgundy")
GOODS = (
    *_PLAIN,
    *((f"{name}, {colour}", cents) for name, cents in _COLOURED for colour in _COLOURS),
)
