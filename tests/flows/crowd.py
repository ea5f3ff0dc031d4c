"""The people of the story: a club's spreadsheet as it comes out of an office, each with an end that the simulator knows by the address."""

import csv
from pathlib import Path

LIST = "Spring camp"
PROOF = "Ticked on the 2026 enrolment form"
HOSTILE_NAME = '<script>document.title="taken"</script>'
FORMULA = '=HYPERLINK("http://evil.example","click")'
YES_NUMBER = "+12025550013"
STOP_NUMBER = "+12025550014"

_ROWS = (
    ("Zoë", "Müller", "opens1@camp.example", "+1 201 555 2001", "Tom"),
    ("José", "García", "clicks2@camp.example", "(202) 555-2002", "Ella"),
    ("Zoë", "Müller", "opens1@camp.example", "+1 201 555 2001", "Mia"),  # the same parent once more
    ("Broken", "Line", "not an address", "12", "Max"),  # a person without a way to be written to
    ("", "", "", "", "Lost"),  # nobody
    ("Nora", "Nilsson", "machineopen3@camp.example", "2025552003", "Ida"),
    ("Anna", "Quist", "family4@camp.example", "202-555-2004", "Per"),
    ("Sven", "Still", "sent5@camp.example", "202-555-2005", "Ola"),
    ("Bea", "Away", "bounce6@camp.example", "202-555-2006", "Ulf"),
    ("Gus", "Gone", "badmail7@camp.example", "202-555-2007", "Eva"),
    ("Yara", "Yildiz", "family8@camp.example", YES_NUMBER, "Can"),
    ("Stan", "Stone", "family9@camp.example", STOP_NUMBER, "Kim"),
    ("Uma", "Unger", "unsub10@camp.example", "202-555-2010", "Jan"),
    ("Carl", "Cross", "complaint11@camp.example", "202-555-2011", "Pia"),
    (HOSTILE_NAME, FORMULA, "opens12@camp.example", "202-555-2012", "Bo"),
    ("", "", "family13@camp.example", "202-555-2013", "Liv"),  # nobody knows the name
)
PEOPLE = 14
REACHED = 13
MAIL_ENDS = {
    "clicked": 1, "opened": 2, "delivered": 5, "sent": 1, "unsubscribed": 1, "bad_email": 1, "bounced": 1, "complaint": 1, "skipped": 1,
}  # fmt: skip
FETCHED_BY_MACHINES = {"machineopen3@camp.example"}
WITHOUT_A_SIGN = {f"{name}@camp.example" for name in ("family4", "sent5", "family9", "family13")}  # family8 answers by text


def spreadsheet(folder: Path) -> Path:
    """Semicolons, Windows-1252, quoted quotes, Windows line ends: what a German or French Excel saves as CSV."""
    rows = (("First name", "Last name", "E-mail", "Mobile", "Child"), *_ROWS)
    file = folder / "camp families.csv"
    with file.open("w", encoding="cp1252", newline="") as sheet:
        csv.writer(sheet, delimiter=";").writerows(rows)
    return file
