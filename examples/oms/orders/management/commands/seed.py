"""Fill an empty database with a shop's worth of data to click through."""

from datetime import datetime, timezone
from itertools import islice
from time import perf_counter

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import no_style
from django.db import connection, transaction

from catalog.models import Product
from customers.models import Customer
from orders.models import Order, OrderEvent, OrderLine
from orders.seeding import Shop

BATCH = 1000
PASSWORD = "reinhardt"


class Command(BaseCommand):
    help = (
        "Creates customers, products, orders and a user to log in as. Does nothing if there are any already."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--orders", type=int, default=12_000, help="how many orders (default: 12000)")
        parser.add_argument("--seed", type=int, default=1789, help="the same seed makes the same data")
        parser.add_argument("--until", default="2026-11-01", help="the day on which the data end, YYYY-MM-DD")
        parser.add_argument("--username", default="django", help="of the superuser (default: django)")
        parser.add_argument("--password", default=PASSWORD, help=f"of the superuser (default: {PASSWORD})")
        parser.add_argument("--force", action="store_true", help="delete what is there, and start again")

    def handle(self, *args, **options) -> None:
        try:
            until = datetime.strptime(options["until"], "%Y-%m-%d").replace(tzinfo=timezone.utc)
        except ValueError as error:
            raise CommandError("--until is a day, such as 2026-11-01.") from error
        if options["orders"] < 0:
            raise CommandError("--orders is a number of orders, from 0.")

        self.create_user(options["username"], options["password"])
        # In one transaction: what is interrupted leaves nothing behind, and can simply be run again.
        with transaction.atomic():
            if self.has_data() and not options["force"]:
                self.stdout.write("seed: there are data already, nothing to do (--force replaces them)")
                return
            self.delete_all()
            started = perf_counter()
            self.create_all(Shop(options["seed"], until, options["orders"]), options["orders"])
        seconds = perf_counter() - started
        self.stdout.write(self.style.SUCCESS(f"seed: {options['orders']} orders in {seconds:.1f} s"))

    def create_user(self, username: str, password: str) -> None:
        users = get_user_model().objects
        if users.filter(username=username).exists():
            self.stdout.write(f"seed: the user {username} is there already, and keeps its password")
        else:
            users.create_superuser(username, f"{username}@example.com", password)
            # A password of one's own does not belong in a log.
            shown = password if password == PASSWORD else "given"
            self.stdout.write(f"seed: log in as {username}, with the password {shown}")

    def has_data(self) -> bool:
        return any(model.objects.exists() for model in (Order, Product, Customer))

    def delete_all(self) -> None:
        for model in (OrderEvent, OrderLine, Order, Product, Customer):
            # Table by table, without collecting what depends on each row: that is in the list as well.
            queryset = model.objects.all()
            queryset._raw_delete(queryset.db)

    def create_all(self, shop: Shop, count: int) -> None:
        Product.objects.bulk_create(shop.make_products(), batch_size=BATCH)
        Customer.objects.bulk_create(shop.make_customers(), batch_size=BATCH)
        progress = Progress(self.stdout, count)
        rows = shop.make_orders()
        while batch := list(islice(rows, BATCH)):
            orders, lines, events = zip(*batch, strict=True)
            Order.objects.bulk_create(orders)
            OrderLine.objects.bulk_create([line for group in lines for line in group])
            OrderEvent.objects.bulk_create([event for group in events for event in group])
            progress.advance(len(batch))
        # Products, customers and orders came with their keys: new ones are to go on from there.
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [Product, Customer, Order]):
                cursor.execute(statement)


class Progress:
    """A bar on a terminal; elsewhere, where a bar would be noise, a line now and then."""

    WIDTH = 40

    def __init__(self, stdout, total: int):
        self.stdout, self.total, self.done = stdout, total, 0
        self.bar = stdout.isatty()
        self.next_line = total // 4

    def advance(self, n: int) -> None:
        self.done += n
        if self.bar:
            filled = self.WIDTH * self.done // self.total
            bar = "█" * filled + "░" * (self.WIDTH - filled)
            end = "\n" if self.done == self.total else ""
            self.stdout.write(f"\rseed: {bar} {self.done:,}/{self.total:,}", ending=end)
            self.stdout.flush()
        elif self.done >= self.next_line or self.done == self.total:
            self.stdout.write(f"seed: {self.done}/{self.total}")
            self.stdout.flush()
            # A line for every quarter or so.
            self.next_line = self.done + self.total // 4
