"""Commands and signals: the table of what they can ask for, and the socket for commands."""
