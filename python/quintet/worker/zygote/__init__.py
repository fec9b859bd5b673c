"""The zygote: imports the application once and forks workers."""
