"""A location keeps its street and public places; homes, units and house numbers go."""

from __future__ import annotations

import pytest

from footbeat.incidents.addresses import name_street


@pytest.mark.parametrize(
    "address",
    [
        "14 High Street", "14a High Street", "12-14 High Street", "12/14 High Street",
        "12High Street", "#12 High Street", "No 12 High Street", "No. 12, High Street",
        "Number 12 High Street", "High Street 14", "Outside 12 High Street", "O/S 12 High Street",
        "1st Floor, 14 High Street", "Flat 2, 14 High Street", "Flat 2 14 High Street",
        "Flat B, 14 High Street, SS1 1AA", "Plot 3, High Street", "The Cottage, High Street",
        "Rose Villa, 22 High Street", "Home of John Smith, 12 High Street",
        "12 to 14 High Street", "12 and 14 High Street", "Apt 7/12 High Street",
        "c/o 14 High Street", "High Street (no. 14)", "High Street (14)", "14 High Street (Flat 2)",
        "Room 12, Travelodge, 5 High Street", "Apartment 3 Sunrise House, 12 High Street",
    ],
)  # fmt: skip
def test_no_address_leads_to_a_door(address: str) -> None:
    assert name_street(address) == "High Street"


@pytest.mark.parametrize(
    "place",
    [
        "High Street", "On or near High Street", "On or near 5th Avenue", "1st Avenue",
        "No Location", "A13 Southend", "M25 Junction 29", "100 BLOCK OF MAIN ST",
        "Southend Hospital, Prittlewell Chase", "Police Station, High Street, Leigh",
        "St Mary's Church", "High Street junction with Elm Road",
    ],
)  # fmt: skip
def test_a_street_or_a_public_place_stays(place: str) -> None:
    assert name_street(place) == place


@pytest.mark.parametrize("address", ["Flat 2", "12", "Home of John Smith", "SS1 1AA"])
def test_nothing_is_left_of_a_bare_door(address: str) -> None:
    assert name_street(address) is None
