"""The error that ``wsgi.input`` raises for an incomplete body."""


class ClientDisconnected(ConnectionError):
    """The rest of a request body will not arrive. The message says why."""
