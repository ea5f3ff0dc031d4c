"""The pages of the Unsubscribes list: found, narrowed, added, removed and put back, taken away and brought back."""

import io

import pytest
from sqlalchemy import func, select

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.models import UnsubscribeEntry
from app.providers.base import CannotAsk
from tests import factories
from tests.browser import Browser

PROOF = "Unsubscribed in our old program"


class Amazon:
    """The adapters, as far as these pages use them: remembers what was lifted, or cannot."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.lifted: list[str] = []

    def lift_suppression(self, address: str) -> None:
        if self.problem:
            raise CannotAsk(self.problem)
        self.lifted.append(address)


@pytest.fixture
def club():
    return factories.an_organisation(country="US")


@pytest.fixture
def bob(app, club):
    user = factories.a_member(club, Role.ORGANISER, name="Bob")
    db.session.commit()
    return Browser(app, user)


@pytest.fixture
def amazon(app, monkeypatch):
    provider = Amazon()
    monkeypatch.setitem(app.extensions, "providers", provider)
    return provider


def words_of(answer) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def entry_at(address: str) -> UnsubscribeEntry:
    """The newest entry of an address, read again."""
    db.session.expire_all()
    asked = select(UnsubscribeEntry).where(UnsubscribeEntry.address == address)
    return db.session.scalars(asked.order_by(UnsubscribeEntry.id.desc()).limit(1)).one()


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(UnsubscribeEntry)) or 0


def test_each_entry_says_why_when_and_by_which_message(club, bob):
    sendout = factories.a_sendout(club, title="Spring camp")
    factories.an_entry(club, address="gone@example.net", sendout_id=sendout.id, proof={"at": "2025-03-04T12:00:00+00:00", "code": "5.1.1"})
    db.session.commit()

    page = words_of(bob.get("/unsubscribes"))

    assert "Bounced on 4 March 2025: the address does not exist or takes no mail any more" in page
    assert f'(<a href="/sendouts/{sendout.id}"><bdi>Spring camp</bdi></a>)' in page
    assert "All e-mail" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=GONE", {"gone@example.net"}),
        ("q=(202)+555", {"+12025550100"}),
        ("q=maria", {"+12025550100"}),
        ("reason=stop", {"+12025550100"}),
        ("channel=email", {"gone@example.net", "no@example.net"}),
        ("show=removed", {"back@example.net"}),
        ("sendout=1", {"no@example.net"}),
        ("q=nobody", set()),
        ("reason=nonsense&channel=%00&sendout=99999999999999999999", {"gone@example.net", "+12025550100", "no@example.net"}),
    ],
)
def test_the_list_is_searched_and_narrowed(club, bob, asked, found):
    sendout = factories.a_sendout(club)
    factories.a_participant(club, first_name="Maria", phone_number="+12025550100", email_address=None)
    factories.an_entry(club, address="gone@example.net")
    factories.an_entry(club, address="no@example.net", reason="unsubscribe", scope="marketing", source="link", sendout_id=sendout.id)
    factories.an_entry(club, address="+12025550100", channel="sms", reason="stop", source="reply", proof={"words": "Stop"})
    factories.an_entry(club, address="back@example.net", lifted_at=func.now(), lift_reason="Corrected")
    db.session.commit()

    page = words_of(bob.get(f"/unsubscribes?{asked}"))

    everybody = {"gone@example.net", "+12025550100", "no@example.net", "back@example.net"}
    assert {address for address in everybody if f"<bdi>{address}</bdi></a>" in page} == found


def test_the_page_counts_by_reason(club, bob):
    for number in range(3):
        factories.an_entry(club, address=f"no{number}@example.net", reason="unsubscribe", scope="marketing", source="link")
    factories.an_entry(club, reason="complaint")
    factories.an_entry(factories.an_organisation(), reason="complaint")
    db.session.commit()

    page = words_of(bob.get("/unsubscribes"))

    assert "<strong>4</strong> on the list" in page
    assert "<strong>3</strong> Unsubscribed" in page
    assert "<strong>1</strong> Marked as spam" in page


def test_a_long_list_comes_page_by_page_and_loses_nobody(club, bob):
    for number in range(60):
        factories.an_entry(club, address=f"gone{number:02d}@example.net")
    db.session.commit()

    first = words_of(bob.get("/unsubscribes"))
    cursor = first.split("after=")[1].split('"')[0]
    second = words_of(bob.get(f"/unsubscribes?after={cursor}", HX_Request="true"))

    shown = [sum(f"<bdi>gone{number:02d}@example.net</bdi></a>" in page for number in range(60)) for page in (first, second)]
    assert shown == [50, 10]
    assert "<html" not in second


def test_somebody_is_added_by_hand_and_that_is_undone(bob):
    added = bob.post("/unsubscribes", {"address": "(202) 555-0100", "scope": "all", "words": "Asked on the phone"})

    entry = entry_at("+12025550100")
    assert added.status_code == 303
    assert (entry.channel, entry.reason, entry.scope, entry.proof) == ("sms", "manual", "all", {"words": "Asked on the phone"})
    assert "Added by Bob" in words_of(bob.get(f"/unsubscribes/{entry.id}"))

    bob.post(f"/unsubscribes/{entry.id}/take-back")

    assert entry_at("+12025550100").lift_reason == "Added by mistake"


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"address": "nonsense@", "scope": "all", "words": "x"}, "This is not an e-mail address"),
        ({"address": "12", "scope": "all", "words": "x"}, "number"),
        ({"address": "a@example.net", "words": "x"}, "Choose what they get no more"),
        ({"address": "a@example.net", "scope": "all"}, "Say why"),
        ({"address": "here@example.net", "scope": "all", "words": "x"}, "on the Unsubscribes list already"),
    ],
)
def test_what_cannot_be_added_is_said_beside_the_field(club, bob, form, problem):
    factories.an_entry(club, address="here@example.net", reason="manual", source="user")
    db.session.commit()

    answer = bob.post("/unsubscribes", form)

    assert answer.status_code == 422
    assert problem in words_of(answer)
    assert count() == 1


def test_removing_needs_a_reason_lifts_at_amazon_and_can_be_undone(club, bob, amazon):
    entry = factories.an_entry(club, address="gone@example.net")
    db.session.commit()

    without = bob.post(f"/unsubscribes/{entry.id}/remove", {"reason": " "})
    bob.post(f"/unsubscribes/{entry.id}/remove", {"reason": "Her mailbox works again"})

    lifted = entry_at("gone@example.net")
    assert without.status_code == 422
    assert (lifted.lift_reason, amazon.lifted) == ("Her mailbox works again", ["gone@example.net"])

    bob.post(f"/unsubscribes/{entry.id}/put-back")

    assert entry_at("gone@example.net").lifted_at is None
    history = words_of(bob.get(f"/unsubscribes/{entry.id}"))
    assert history.count("Bounced on") == 3  # the entry that was looked at, and both of the history
    assert "Her mailbox works again" in history
    assert "by <bdi>Bob</bdi>" in history


def test_a_removal_holds_though_amazon_keeps_the_address(club, bob, amazon):
    entry = factories.an_entry(club, address="gone@example.net", reason="complaint")
    db.session.commit()
    amazon.problem = "Amazon SES keeps the address on its own list: botocore says 500"

    answer = bob.post(f"/unsubscribes/{entry.id}/remove", {"reason": "They asked for it"})
    page = words_of(bob.get(answer.headers["Location"]))

    assert entry_at("gone@example.net").lifted_at is not None
    assert "Amazon still has this address on a list of its own" in page
    assert "botocore" not in page

    amazon.problem = ""
    bob.post(f"/unsubscribes/{entry.id}/amazon")

    assert amazon.lifted == ["gone@example.net"]


def test_a_stop_cannot_be_removed_and_its_page_gives_words_to_send(club, bob):
    sender = factories.a_sender(club, Channel.SMS, address="+15005550006")
    text = factories.a_received_text(club, sender, from_number="+12025550100", body="STOP", keyword="stop")
    factories.a_participant(club, first_name="Maria", phone_number="+12025550100", email_address="maria@example.net")
    stop = {"channel": "sms", "address": "+12025550100", "reason": "stop", "source": "reply", "inbound_text_id": text.id}
    entry = factories.an_entry(club, **stop, proof={"words": "STOP"})
    db.session.commit()

    page = words_of(bob.get(f"/unsubscribes/{entry.id}"))
    answer = bob.post(f"/unsubscribes/{entry.id}/remove", {"reason": "She wants texts"})

    assert "Text START to +15005550006 to get our texts again." in page
    assert "mailto:maria%40example.net?body=Text%20START" in page
    assert "/remove" not in page
    assert answer.status_code == 403
    assert entry_at("+12025550100").lifted_at is None


def test_only_what_was_added_by_hand_is_taken_back_at_once(club, bob, amazon):
    entry = factories.an_entry(club)
    db.session.commit()

    answer = bob.post(f"/unsubscribes/{entry.id}/take-back")

    assert answer.status_code == 409
    assert amazon.lifted == []


def test_an_export_is_read_again_by_the_import(app, club, bob):
    factories.an_entry(club, address="gone@example.net")
    factories.an_entry(club, address="+12025550100", channel="sms", reason="stop", source="reply", proof={"words": "=cmd|' /C calc'!A0"})
    factories.an_entry(club, address="no@example.net", reason="manual", source="user", proof={"words": "=HYPERLINK(1)"})
    other = factories.an_organisation(name="Hillside School", country="US")
    carol = Browser(app, factories.a_member(other, Role.ORGANISER))
    db.session.commit()

    file = bob.get("/unsubscribes/export.csv").data
    answer = carol.post("/unsubscribes/import", {"file": (io.BytesIO(file), "unsubscribes.csv"), "proof": PROOF, "scope": "marketing"})

    imported = db.session.scalars(select(UnsubscribeEntry).where(UnsubscribeEntry.organisation_id == other.id)).all()
    assert answer.status_code == 303
    assert {each.address for each in imported} == {"gone@example.net", "+12025550100", "no@example.net"}
    assert b"'=HYPERLINK(1)" in file
    assert "Every line could be used" in words_of(carol.get(answer.headers["Location"]))


def test_an_import_keeps_the_good_lines_with_the_proof_and_names_the_others(club, bob):
    factories.an_entry(club, address="before@example.net", reason="unsubscribe", scope="marketing", source="link")
    db.session.commit()
    pasted = "ava@example.net; ben@example.net\n\nBefore@example.net\nnot an address\nCarla <carla@example.net>\n(202) 555-0100"

    answer = bob.post("/unsubscribes/import", {"pasted": pasted, "proof": PROOF, "scope": "marketing"})
    page = words_of(bob.get(answer.headers["Location"]))

    assert "4 addresses are new on the list" in page
    assert "1 was on it before" in page
    assert "1 line could not be used" in page
    assert '<td class="number">4</td><td>This is not a phone number.' in page
    assert entry_at("carla@example.net").proof == {"words": PROOF, "line": 5}


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"pasted": "a@example.net", "scope": "all"}, "Say where these people said no"),
        ({"pasted": "a@example.net", "proof": PROOF}, "Choose what they get no more"),
        ({"proof": PROOF, "scope": "all"}, "Choose a file, or paste the addresses"),
        ({"file": (io.BytesIO(b"%PDF-1.7\n\x00\x01binary"), "x.pdf"), "proof": PROOF, "scope": "all"}, "invalid-feedback"),
        (
            {"file": (io.BytesIO(b"Name,Town\nAva,Riverside\nBen,Hillside\n"), "x.csv"), "proof": PROOF, "scope": "all"},
            "None of the columns",
        ),
    ],
)
def test_an_import_that_cannot_be_done_says_why(bob, form, problem):
    answer = bob.post("/unsubscribes/import", form)

    assert answer.status_code == 422
    assert problem in words_of(answer)
    assert count() == 0


def test_a_viewer_reads_and_cannot_change(app, club):
    viewer = Browser(app, factories.a_member(club, Role.VIEWER))
    entry = factories.an_entry(club)
    db.session.commit()

    seen = [viewer.get(path).status_code for path in ("/unsubscribes", f"/unsubscribes/{entry.id}")]
    file = viewer.get("/unsubscribes/export.csv").get_data(as_text=True)
    done = [viewer.post(path).status_code for path in ("/unsubscribes", f"/unsubscribes/{entry.id}/remove", "/unsubscribes/import")]

    assert seen == [200, 200]
    assert entry.address in file
    assert done == [403] * 3


def test_another_organisations_import_is_not_there(app, bob):
    answer = bob.post("/unsubscribes/import", {"pasted": "ava@example.net", "proof": PROOF, "scope": "all"})
    stranger = Browser(app, factories.a_member(factories.an_organisation(), Role.OWNER))
    db.session.commit()

    assert stranger.get(answer.headers["Location"]).status_code == 404
