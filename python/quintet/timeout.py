"""The exception raised in a request that exceeds the setting ``timeout``."""


class RequestTimeout(KeyboardInterrupt):
    """The request has exceeded the setting ``timeout``, and its client has been answered.

    It is raised in the application's code, at whichever line runs, at most once a request. Whatever the application
    still sends is dropped. ``except Exception`` does not catch it. It derives from KeyboardInterrupt because libraries
    expect that one anywhere: psycopg cancels the query at the server, asyncio lets it through.
    """

    def __init__(self) -> None:
        super().__init__("the request has taken longer than `timeout`; its client has been answered")
