"""The workload that the peers were measured on: people, and an 8 KB newsletter with five links and four personal fields."""

import csv
import random
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

SUBJECT = "{{ first_name }}, five offers for {{ city }}"
GREETING = '<h1 style="font-size:22px">Hello {{ first_name | default: "there" }},</h1>\n'
PERSONAL = "<p>Dear {{ first_name }} {{ last_name }}, your plan is {{ plan }} and your city is {{ city }}.</p>\n"
PARAGRAPH = '<p style="margin:0 0 16px 0;font-size:15px;line-height:24px;color:#444444">{words}</p>\n'
OFFER = (
    '<p style="text-align:center"><a class="button" style="background:#0055d4;color:#fff;padding:10px 30px" '
    'href="https://shop.example.test/offers/{number}?src=newsletter">See offer {number}</a></p>\n'
)
OFFERS = 5
WORDS_A_PARAGRAPH = 58
LONG_ENOUGH = 6_900  # characters, before the last paragraph

FIRST = "Ava Liam Noah Emma Olivia Mia Lucas Ethan Zoe Ivan Nora Hugo Iris Omar Lena Priya Chen Yuki Sofia Mateo".split()
LAST = "Smith Jones Garcia Kim Patel Rossi Novak Silva Khan Müller Dubois Ito Cohen Lopez Brown Nguyen".split()
CITIES = ("Pune", "Oslo", "Lima", "Kyoto")
PLANS = ("free", "pro", "team")
VOCABULARY = (
    "river garden season members report clearly training weekend coach results journey picture bright evening tickets "
    "library kitchen summer winter parents children travel better simple friendly update service planning welcome music"
).split()
# Area codes in which numbers that begin with 555 count as possible and belong to nobody: a million of them.
AREAS = (
    *range(201, 211), *range(212, 221), *range(223, 230), *range(301, 311), *range(312, 322), *range(323, 328), 360, 361,
    *range(401, 411), *range(412, 420), *range(501, 511), *range(512, 520), *range(601, 611), *range(612, 621), *range(701, 710),
)  # fmt: skip
NUMBERS_AN_AREA = 10_000


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the file."""

    email: str
    first_name: str
    last_name: str
    mobile: str
    city: str
    plan: str
    age: int
    ref: str


def people(count: int, seed: int = 7) -> Iterator[Person]:
    """So many people, the same ones every time; no address or number occurs twice below a million."""
    chance = random.Random(seed)
    for number in range(count):
        area = AREAS[number // NUMBERS_AN_AREA % len(AREAS)]
        yield Person(
            email=f"user{number:07d}@example{number % 97}.test",
            first_name=chance.choice(FIRST),
            last_name=chance.choice(LAST),
            mobile=f"+1{area}555{number % NUMBERS_AN_AREA:04d}",
            city=chance.choice(CITIES),
            plan=chance.choice(PLANS),
            age=chance.randint(18, 80),
            ref=f"R{number:07d}",
        )


def email_html(seed: int = 8) -> str:
    """The newsletter as an author would leave it."""
    chance = random.Random(seed)
    html, offers = GREETING, 0
    while len(html) < LONG_ENOUGH:
        html += PARAGRAPH.format(words=" ".join(chance.choices(VOCABULARY, k=WORDS_A_PARAGRAPH)).capitalize() + ".")
        if offers < OFFERS:
            offers += 1
            html += OFFER.format(number=offers)
        if offers == 3:  # noqa: PLR2004  in the middle of the mail
            html += PERSONAL
    return html


def main(folder: Path, count: int) -> None:
    """Write participants.csv, email.html and subject.txt, for another program to be measured on."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "participants.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(Person)])
        writer.writerows(astuple(person) for person in people(count))
    (folder / "email.html").write_text(email_html(), encoding="utf-8")
    (folder / "subject.txt").write_text(SUBJECT + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)  # noqa: PLR2004
