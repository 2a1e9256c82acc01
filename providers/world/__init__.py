"""The synthetic country: who lives where, what they were granted and paid. Knows no source."""

from providers.world.country import World, in_force
from providers.world.people import IntegrationDuty, JobbonusFile, Person, Recognition, Transaction

__all__ = [
    "IntegrationDuty",
    "JobbonusFile",
    "Person",
    "Recognition",
    "Transaction",
    "World",
    "in_force",
]
