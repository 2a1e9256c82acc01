"""The synthetic country: who lives where, what they were granted and paid. Knows no source."""

from providers.world.country import World
from providers.world.people import Person, Recognition, Transaction

__all__ = ["Person", "Recognition", "Transaction", "World"]
