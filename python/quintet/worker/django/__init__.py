"""What a worker knows of Django: facts of the project for the front, and errors for the log."""
