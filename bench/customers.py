"""The people of a run: customers with random secrets, who all have the same account."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import yaml

from cli.people import PERSONAS

TENANT = "northwind-bank"
_LONGEST_IDLE_MINUTES = 60


@dataclass(frozen=True)
class Customer:
    """One made-up customer of the bank, who signs in once."""

    username: str
    password: str
    totp_secret: str

    def code(self) -> str:
        """Return the code of this moment."""
        return pyotp.TOTP(self.totp_secret).now()


def new_customers(count: int) -> list[Customer]:
    """Make `count` customers with secrets of this run alone."""
    return [
        Customer(f"customer-{number:02}", secrets.token_urlsafe(16), pyotp.random_base32())
        for number in range(1, count + 1)
    ]


def the_account() -> dict[str, Any]:
    """Return the account that everybody gets a copy of: the first one of the demo."""
    account: dict[str, Any] = yaml.safe_load(PERSONAS.read_text())["banking"]["accounts"][0]
    return account


def write_seed(file: Path, customers: list[Customer]) -> None:
    """Write the seed file of security and of the banking API, in JSON, which YAML includes."""
    account = the_account()
    tenant = {"id": TENANT, "name": "Northwind Bank", "public": True, "apis": ["banking"]}
    seed = {
        "tenants": [{**tenant, "idle_minutes": _LONGEST_IDLE_MINUTES}],
        "people": [
            {
                "tenant": TENANT,
                "username": each.username,
                "name": each.username,
                "roles": ["customer"],
                "password": each.password,
                "totp_secret": each.totp_secret,
            }
            for each in customers
        ],
        "banking": {
            "accounts": [
                {
                    **account,
                    "owner": {"tenant": TENANT, "username": each.username},
                    "number": f"{account['number'][:-2]}{place:02}",
                }
                for place, each in enumerate(customers)
            ]
        },
    }
    file.touch(mode=0o600)
    file.write_text(json.dumps(seed))
