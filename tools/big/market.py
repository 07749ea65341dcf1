"""Where people spend money: shops, landlords and services that do not exist."""

from __future__ import annotations

from dataclasses import dataclass

from apis.banking.model import Category


@dataclass(frozen=True)
class Kind:
    """A kind of purchase: how often among all, and from how many to how many cents."""

    category: Category
    often: int
    least: int
    most: int
    places: tuple[str, ...]


PURCHASES = (
    Kind(
        "groceries",
        34,
        380,
        9_800,
        (
            "Greenleaf Grocery",
            "Discount Depot",
            "Market Hall Foods",
            "Corner Bakery Weiss",
            "Farmhouse Organic",
            "Kiosk Linden Square",
            "Cheese Counter Vos",
            "Fresh & Near",
            "Nightowl Minimarket",
            "Old Mill Butcher",
        ),
    ),
    Kind(
        "eating_out",
        20,
        290,
        6_400,
        (
            "Blue Door Bistro",
            "Pier 9 Fish Bar",
            "Coffee Kiosk Platform 4",
            "Noodle House Lan",
            "Trattoria Fiorella",
            "Burger Yard",
            "The Copper Kettle",
            "Tandoori Garden",
            "Falafel Station",
            "Gelato Nord",
        ),
    ),
    Kind(
        "transport",
        14,
        240,
        8_900,
        (
            "Metro day ticket",
            "Northern Rail",
            "Fuel Stop A4",
            "Ring Road Petrol",
            "City Bikes",
            "Taxi Union",
            "Ferry ticket Northport",
            "Parking Old Town",
            "Car wash Ring Road",
        ),
    ),
    Kind(
        "shopping",
        12,
        900,
        15_900,
        (
            "Fernweh Books",
            "Tool Shed Hardware",
            "Online order Paper & Pen",
            "Threadbare Clothing",
            "Volt Electronics",
            "Little Fox Toys",
            "Bright Home Living",
            "Sole Brothers Shoes",
            "Garden Centre Ahorn",
            "Second Spring Vintage",
        ),
    ),
    Kind(
        "health",
        8,
        700,
        8_500,
        (
            "City Pharmacy",
            "Hazel Street Hairdresser",
            "Dental practice Dr Stein",
            "Optician Clearview",
            "Physio at the Park",
            "Drugstore Melissa",
        ),
    ),
    Kind(
        "leisure",
        7,
        800,
        6_900,
        (
            "Hallmark Cinema",
            "Lakeside Bowling",
            "Tickets Opera House",
            "Climbing Hall Granite",
            "Museum of Tides",
            "Pool & Sauna East",
        ),
    ),
    Kind(
        "cash",
        5,
        2_000,
        20_000,
        (
            "Cash withdrawal Station Square",
            "Cash withdrawal Quayside",
            "Cash withdrawal Market Street",
            "Cash withdrawal Old Town",
        ),
    ),
)
ROUND = "Cash withdrawal"
"""Notes come in tens."""

LANDLORDS = (
    "Lindenhof Homes",
    "Quayside Living",
    "Ostkai Housing Trust",
    "Brandt Property",
    "Garden City Flats",
    "Castle Hill Estates",
    "Mill Lane Lettings",
    "Riverside Residential",
)
ENERGY = ("Tidewater Energy", "Northwind Power", "Green Current", "City Works Gas")
MOBILE = ("Clearline Mobile", "Pebble Mobile", "Telvia", "Heron Telecom")
INSURANCE = ("Harbour Insurance", "Alder Mutual", "Safe Haven Liability")
SUBSCRIPTIONS = (
    ("Nimbus Music subscription", 1_099),
    ("Lantern Films subscription", 1_399),
    ("Daily Courier digital", 999),
    ("Cloudshed storage", 299),
    ("Studio Gym monthly fee", 2_950),
    ("Puzzle Club", 499),
    ("Podwave Plus", 599),
)
REASONS = ("dinner", "concert tickets", "share of the holiday flat", "birthday present", "fuel")
