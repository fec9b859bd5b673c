EDITION = "first"
