import logging

# The tests refuse moves and requests by the dozen: that need not be said each time.
logging.getLogger("orders").setLevel(logging.WARNING)
logging.getLogger("django.request").setLevel(logging.CRITICAL)
