"""Commands and signals: the table of what they ask for, and the socket on which commands ask it."""
