"""What a deploy changes. It is imported with the middleware, so what is wrong with it keeps a worker from booting."""

EDITION = 1
