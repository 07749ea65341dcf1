"""People of an organisation: names, addresses, how to reach them, all made up.

Telephone numbers are those that North America sets aside for fiction (555-0100 to 555-0199 of
each area), mail addresses those of RFC 2606: whatever is sent there reaches nobody.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from faker import Faker

_LOCALES = {"DE": "de_DE", "AT": "de_AT", "FR": "fr_FR", "NL": "nl_NL", "GB": "en_GB"}
"""Where people live, and in whose language they are called."""
_POSTCODES = {"DE": "#####", "AT": "####", "FR": "#####", "NL": "#### ??", "GB": "??# #??"}
_FIRST_AREA, _OF_AREA = 210, 100
_FEMALE, _MALE = "female", "male"


@dataclass(frozen=True)
class Person:
    """Somebody of one tenant; `phone` is E.164."""

    tenant: str
    username: str
    given: str
    family: str
    gender: str
    born_on: date
    street: str
    postcode: str
    city: str
    country: str
    phone: str
    email: str

    @property
    def name(self) -> str:
        """How they are addressed."""
        return f"{self.given} {self.family}"


def people_of(
    tenant: str, count: int, seed: int, today: date, taken: frozenset[str]
) -> list[Person]:
    """Return `count` adults of a tenant, none with a user name that is `taken`."""
    random = Random(f"{seed}/{tenant}/people")
    makers = {country: _faker(locale, random) for country, locale in _LOCALES.items()}
    used = set(taken)
    domain = f"{tenant.partition('-')[0]}.example.com"
    area = _FIRST_AREA + random.randrange(500)
    found = []
    for number in range(count):
        country = random.choice(tuple(_LOCALES))
        maker = makers[country]
        gender = random.choice((_FEMALE, _MALE))
        given = maker.first_name_female() if gender == _FEMALE else maker.first_name_male()
        family = maker.last_name()
        username = _username(f"{_plain(given)}.{_plain(family)}", used)
        where, line = divmod(number, _OF_AREA)
        found.append(
            Person(
                tenant,
                username,
                given,
                family,
                gender,
                today - timedelta(days=random.randint(19 * 366, 84 * 365)),
                f"{maker.street_name()} {random.randint(1, 140)}"[:64],
                maker.bothify(_POSTCODES[country], letters="ABDEGHJLNPRSTUWXYZ"),
                maker.city().rstrip(" 0123456789")[:64],
                country,
                f"+1{area + where}55501{line:02}",
                f"{username}@{domain}",
            )
        )
    return found


def _faker(locale: str, random: Random) -> Faker:
    maker = Faker(locale, use_weighting=False)
    maker.seed_instance(random.getrandbits(64))
    return maker


def _username(wanted: str, used: set[str]) -> str:
    """Return a user name, with a number where somebody has it; it is used from now on."""
    username, number = wanted, 1
    while username in used:
        number += 1
        username = f"{wanted}{number}"
    used.add(username)
    return username


def _plain(name: str) -> str:
    """Return a name in plain letters, as user names are."""
    folded = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    return "".join(letter for letter in folded if "a" <= letter <= "z")[:24]
