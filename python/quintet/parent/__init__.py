"""The process above the fronts: it holds the listening sockets and outlives whoever serves them."""
