"""
A shop's worth of data, the same for the same seed.

Everything random comes from one Random in one sequence, and every date counts back from a fixed one; so what
is here depends on neither the clock nor the database.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from catalog.models import Product
from customers.models import Customer
from orders.models import Order, OrderEvent, OrderLine
from orders.states import SOLD, Status

GIVEN = """
Adèle Aino Alba Amélie Anders Anouk Babik Bianca Birgit Bruno Carla Cédric Chiara Clara Claude
Dorado Elena Elin Emil Emma Eugène Eva Félix Femke Fiona Florin Frida Giulia Gusti Hanna Hélène
Henri Hugo Ida Ilse Inès Isabel Jan Jasper Joana Johan Jonas Joseph Jules Julia Karin Lars Léa Lena
Liam Lina Louis Louise Lucia Luka Lulu Maja Manon Marco Maria Marta Mathis Matteo Mila Nadia Nils
Nina Noah Nora Olga Oscar Paul Paula Petra Pia Pierre Rafael Rosa Roger Ruben Sara Schnuckenack
Sofia Stéphane Stochelo Tchavolo Tiago Tilda Titi Ulla Valérie Vera Wanda Yorgui Zoë
""".split()

FAMILY = """
Almeida Andersson Bakker Baumgartner Becker Bernard Bianchi Blanc Borg Castro Chaput Claes Conti
Costa Dahl De_Boer De_Smet Delaunay Dubois Eriksen Esposito Ferrari Ferret Fischer Fontaine Garcia
Gasté Girard Grappelli Greco Haag Hansen Hermans Hoffmann Ionescu Jansen Jensen Keller Koch Kowalski
Laurent Lagrène Lefèvre Leroy Lindqvist Lopez Malha Marchand Martin Meyer Moreau Müller Nielsen
Novak Oliveira Olsen Peeters Pereira Petit Ricci Richter Rosenberg Rossi Roux Ruiz Salgueiro Santos
Schmitt Schneider Silva Soudieux Svensson Torres Varga Vasseur Vermeer Vola Weber Weiss Winter
Wouters Zanetti
""".split()

CITIES = [
    ("Paris", "France", "75011", "rue des Lilas"),
    ("Strasbourg", "France", "67000", "quai des Pêcheurs"),
    ("Lyon", "France", "69004", "montée de la Boucle"),
    ("Samois-sur-Seine", "France", "77920", "rue de la Rivière"),
    ("Liberchies", "Belgium", "6238", "place du Village"),
    ("Brussels", "Belgium", "1000", "rue Haute"),
    ("Ghent", "Belgium", "9000", "Graslei"),
    ("Amsterdam", "Netherlands", "1016", "Prinsengracht"),
    ("Utrecht", "Netherlands", "3511", "Oudegracht"),
    ("Berlin", "Germany", "10997", "Oranienstraße"),
    ("Hamburg", "Germany", "20359", "Hein-Hoyer-Straße"),
    ("Hildesheim", "Germany", "31134", "Wallstraße"),
    ("Vienna", "Austria", "1070", "Neubaugasse"),
    ("Milan", "Italy", "20144", "via Tortona"),
    ("Turin", "Italy", "10124", "via Po"),
    ("Barcelona", "Spain", "08012", "carrer de Verdi"),
    ("Lisbon", "Portugal", "1200", "rua da Atalaia"),
    ("Copenhagen", "Denmark", "2200", "Elmegade"),
    ("Oslo", "Norway", "0555", "Thorvald Meyers gate"),
    ("Stockholm", "Sweden", "116 38", "Skånegatan"),
]

# Families of products: the prefix of its SKUs, the prices in euro (lowest, highest), the names, the variants.
FAMILIES = [
    (
        "GTR",
        (420, 3900),
        ["Modèle Jazz", "Petite Bouche", "Grande Bouche", "Archtop", "Tenor Guitar"],
        "MNPRST",
    ),
    ("VLN", (310, 2800), ["Concert Violin", "Student Violin", "Viola", "Five-string Violin"], "ABCD"),
    ("BAS", (1400, 5200), ["Double Bass 3/4", "Travel Bass"], "AB"),
    ("ACC", (900, 4100), ["Piano Accordion", "Button Accordion"], "AB"),
    ("STR", (8, 42), ["Silk & Steel Set", "Argentine Set", "Gut Violin Set", "Bass Set"], "ABCDE"),
    ("PCK", (2, 19), ["Tortoise-style Pick", "Horn Pick", "Wooden Pick", "Thick Pick"], "ABCD"),
    ("CSE", (55, 390), ["Guitar Case", "Violin Case", "Bass Bag", "Gig Bag"], "ABC"),
    ("BOW", (45, 640), ["Violin Bow", "Viola Bow", "Bass Bow"], "ABC"),
    ("ROS", (4, 16), ["Dark Rosin", "Light Rosin"], "AB"),
    ("BKS", (12, 48), ["Rhythm Method", "Swing Tunes", "Arpeggios", "Waltzes", "Transcriptions"], "AB"),
    ("STD", (19, 130), ["Music Stand", "Instrument Stand", "Wall Hanger"], "ABC"),
    ("AMP", (190, 1250), ["Acoustic Amplifier", "Pickup", "Contact Microphone"], "ABC"),
]

# How much more or less is bought in the months of a year, from January.
SEASON = [0.8, 0.75, 0.85, 0.9, 1.0, 1.2, 1.1, 0.8, 0.95, 1.05, 1.3, 1.7]
DAYS = 730

NOTES = [
    "Please ring twice.",
    "A gift: no invoice in the parcel, please.",
    "Deliver after 17:00.",
    "Set up low action.",
]


class Shop:
    """The data, as instances that are not saved. To be asked in the order of the methods."""

    def __init__(self, seed: int, until: datetime, orders: int):
        self.random = Random(seed)
        self.until = until
        self.order_count = orders
        self.products: list[Product] = []
        self.customers: list[Customer] = []

    def make_products(self) -> list[Product]:
        random = self.random
        for prefix, (lowest, highest), names, variants in FAMILIES:
            for index, name in enumerate(f"{name} {variant}" for name in names for variant in variants):
                # Squared: many that are cheap, few that are dear; and prices as shops like them.
                euro = int(lowest + (highest - lowest) * random.random() ** 2)
                low = random.random() < 0.08
                self.products.append(
                    Product(
                        pk=len(self.products) + 1,
                        sku=f"{prefix}-{index + 1:04d}",
                        name=name,
                        price=Decimal(euro) + Decimal(random.choice(["0.00", "0.50", "0.90", "0.95"])),
                        stock=random.randint(0, Product.LOW_STOCK) if low else random.randint(8, 400),
                        active=random.random() > 0.03,
                    )
                )
        return self.products

    def make_customers(self) -> list[Customer]:
        random = self.random
        for pk in range(1, max(10, min(600, self.order_count // 8)) + 1):
            given, family = random.choice(GIVEN), random.choice(FAMILY).replace("_", " ")
            city, country, postcode, street = random.choice(CITIES)
            self.customers.append(
                Customer(
                    pk=pk,
                    name=f"{given} {family}",
                    # Numbered, hence unique; example.com, hence nobody's.
                    email=f"customer{pk}@example.com",
                    phone=f"+00 {random.randint(100, 999)} {random.randint(100_000, 999_999)}",
                    street=f"{street} {random.randint(1, 140)}",
                    postcode=postcode,
                    city=city,
                    country=country,
                    created_at=self.until - timedelta(days=DAYS + random.randint(0, 300)),
                )
            )
        return self.customers

    def make_orders(self) -> Iterator[tuple[Order, list[OrderLine], list[OrderEvent]]]:
        """The orders from the first to the last, so that their numbers follow their dates."""
        for pk, created in enumerate(self._dates(), start=1):
            yield self._order(pk, created)

    def _dates(self) -> list[datetime]:
        random, dates = self.random, []
        while len(dates) < self.order_count:
            # The smaller of two now and then: the shop grows.
            ago = random.random() if random.random() < 0.6 else min(random.random(), random.random())
            date = (self.until - timedelta(days=DAYS * ago)).replace(microsecond=0)
            if random.random() * max(SEASON) < SEASON[date.month - 1]:
                dates.append(date)
        return sorted(dates)

    def _order(self, pk: int, created: datetime) -> tuple[Order, list[OrderLine], list[OrderEvent]]:
        random = self.random
        history = self._history(created)
        order = Order(
            pk=pk,
            number=Order.number_for(pk),
            # Some customers come back more than others.
            customer=self.customers[int(len(self.customers) * random.random() ** 1.6)],
            status=history[-1][0],
            note=random.choice(NOTES) if random.random() < 0.08 else "",
            created_at=created,
            placed_at=next((at for status, at in history if status == Status.PLACED), None),
        )
        lines = []
        for product in random.sample(self.products, random.choice([1, 1, 2, 2, 3, 3, 4, 5])):
            # Few of what is dear.
            quantity = 1 if product.price > 150 else random.choice([1, 1, 2, 2, 3, 5, 10])
            lines.append(OrderLine(order=order, product=product, quantity=quantity, unit_price=product.price))
        order.total = sum((line.total for line in lines), Decimal(0))
        return order, lines, [OrderEvent(order=order, status=status, at=at) for status, at in history]

    def _history(self, created: datetime) -> list[tuple[Status, datetime]]:
        """How the order went, as far as there was time for it."""
        random = self.random
        goes_wrong = random.random()
        steps = [Status.DRAFT, *SOLD]
        if goes_wrong < 0.06:
            # Cancelled as a draft, when placed or when paid.
            steps = [*steps[: random.randint(1, 3)], Status.CANCELLED]
        elif goes_wrong < 0.075:
            # Forgotten.
            steps = [Status.DRAFT]
        history, at = [], created
        hours = {
            Status.PLACED: 6,
            Status.PAID: 40,
            Status.SHIPPED: 60,
            Status.DELIVERED: 110,
            Status.CANCELLED: 50,
        }
        for status in steps:
            if status in hours:
                at += timedelta(seconds=int(random.uniform(0.02, 1) * hours[status] * 3600))
            if at > self.until:
                break
            history.append((status, at))
        return history
