"""A space in this process without sockets, and the ways to it that clients use."""
