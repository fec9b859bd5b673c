"""What a worker knows about Django: facts about the project for the front, and errors for the log."""
