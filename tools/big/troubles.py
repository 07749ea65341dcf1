"""What people ask IT for, and what IT says to it."""

from __future__ import annotations

TROUBLES = (
    ("Laptop does not wake up from sleep", "Please restart it once with the power key held"),
    ("VPN drops every few minutes", "A new profile is on your laptop; please try it"),
    ("A second screen for my desk", "It is on its way to your floor"),
    ("Cannot open the shared budget folder", "Please tell us which folder you mean"),
    ("Printer on floor 3 prints stripes", "The drum has been replaced"),
    ("Headset crackles in meetings", "Come by the desk for another one"),
    ("Calendar invitations arrive twice", "The old telephone was still connected"),
    ("Badge does not open the north door", "Your badge has been renewed"),
    ("New starter needs an account", "The account is ready; the letter is with their manager"),
    ("Keyboard with a stuck space bar", "A replacement is at the desk"),
    ("Video calls freeze in room Elm", "The cable in the room has been replaced"),
    ("Spreadsheet says it is locked by somebody", "It is free again"),
    ("Phone does not get company mail", "Please enrol it anew with the link we sent"),
    ("Licence for the drawing program", "It has been assigned to you"),
    ("Mailbox is full", "You have more room now"),
    ("Laptop gets hot and switches itself off", "A new fan is ordered"),
)
