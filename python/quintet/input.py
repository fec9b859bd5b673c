"""The error of ``wsgi.input`` for a body that does not arrive whole."""


class ClientDisconnected(ConnectionError):
    """The rest of a request's body does not arrive. The message says why."""
