"""The listening sockets."""
