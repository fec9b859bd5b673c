"""What the master needs from the operating system: event loop, log, users, processes, systemd."""
