"""For tests of those who build on the exchange: the pytest plugin and what it gives."""
