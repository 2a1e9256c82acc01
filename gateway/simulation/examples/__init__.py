"""Complete messages and files for every operation and every reason, as a fresh demo space answers them."""
