"""The counter: pages on which an agent of the contact centre answers a citizen (000), without JavaScript."""
