"""The master: the process above the fronts. It holds the listening sockets, and outlives the fronts that use them."""
