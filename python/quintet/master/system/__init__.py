"""What the master needs of the operating system: event loop, log, users, processes, systemd."""
