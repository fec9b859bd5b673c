"""The protocol between the front and its workers. The other side is src/wire; docs/reference/wire.md describes it."""
