import re
from dataclasses import replace
from email.header import decode_header, make_header

import pytest

from app.domain.channels import CommunicationType
from app.domain.senders import Tracking
from app.domain.template_language import TemplateError
from app.extensions import db
from app.lib.tokens import read_token, signing_key
from app.messages.campaign import email_campaign, links_of, text_campaign
from app.messages.fields import LANGUAGE
from app.messages.fixed_words import said
from app.messages.footers import footer_for
from app.messages.urls import MessageUrls
from app.models import Sender
from app.users.organisation.tracked import tracking_of
from tests.factories import an_organisation
from tests.scenes import a_frozen_scene, a_scene, freeze, run_sql

pytestmark = pytest.mark.usefixtures("database")

KEY = signing_key("k" * 32)
URLS = MessageUrls("https://app.example.com", KEY)
LINKED = '<p>Hello {{ first_name }}</p><a href="https://a.example/?x=1&amp;y=2">one</a><a href="https://b.example/">two</a>'


def campaign_of(**values):
    return email_campaign(a_frozen_scene(1, **values).sendout)


def test_each_address_of_a_message_has_one_purpose():
    open_token = URLS.open_pixel(7).removeprefix("https://app.example.com/o/").removesuffix(".gif")
    click_token = URLS.clicks(7, 9).removeprefix("https://app.example.com/c/")
    unsubscribe_token = URLS.unsubscribe(7).removeprefix("https://app.example.com/u/")

    assert read_token("open", open_token, [KEY]) == (7,)
    assert read_token("click", click_token, [KEY]) == (7, 9)
    assert read_token("unsubscribe", unsubscribe_token, [KEY]) == (7,)


def test_a_tracked_email_has_a_slot_for_each_of_its_own_addresses():
    campaign = campaign_of(html=LINKED)

    slots = campaign.slots(7, {"first_name": "Ava"}, URLS)

    assert (campaign.is_tracked, campaign.is_tracked_by_provider) == (True, False)
    assert [slot for slot in ("{{click}}/0", "{{click}}/1", "{{open}}", "{{unsubscribe}}") if campaign.html.count(slot) != 1] == []
    assert "{{unsubscribe}}" in campaign.text
    assert slots["open"] == URLS.open_pixel(7)
    assert slots["click"] == URLS.clicks(7, campaign.sendout_id)
    assert "sendout-" not in campaign.html


@pytest.mark.parametrize("off", ["organisation", "sender", "send-out"])
def test_an_untracked_email_keeps_its_links_and_has_no_pixel(off):
    scene = a_frozen_scene(1, html=LINKED)
    if off == "organisation":
        scene.organisation.is_tracking = False
    if off == "sender":
        db.session.get_one(Sender, scene.sendout.email_sender_id).tracking = Tracking.OFF
    if off == "send-out":
        scene.sendout.is_tracking = False

    campaign = email_campaign(scene.sendout)

    assert (campaign.is_tracked, campaign.is_tracked_by_provider) == (False, False)
    assert "https://b.example/" in campaign.html
    assert set(campaign.slots(7, {"first_name": "Ava"}, URLS)) & {"open", "click"} == set()


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True)])
def test_tracking_that_is_switched_after_the_start_is_never_switched_on(before, after):
    scene = a_scene(1, html=LINKED)
    scene.organisation.is_tracking = before
    db.session.commit()
    freeze(scene.sendout)
    scene.organisation.is_tracking = after
    db.session.commit()

    assert email_campaign(scene.sendout).is_tracked is False
    assert tracking_of([scene.sendout]) == {scene.sendout.id: before}


def test_what_the_provider_tracks_is_not_tracked_by_us_too(app):
    config = app.extensions["sendout"]
    app.extensions["sendout"] = replace(config, tracking_source="ses")
    try:
        campaign = campaign_of(html=LINKED)
    finally:
        app.extensions["sendout"] = config

    assert (campaign.is_tracked, campaign.is_tracked_by_provider) == (False, True)
    assert "https://b.example/" in campaign.html


NAMES = [
    "Riverside FC",
    'The "Old" Boys',
    "back\\slash",
    "Zürich Läufer",
    "Vereinigte Freunde der Königlichen Ruder- und Schwimmgesellschaft zu Köln am Rhein",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_senders_name_survives_its_header_in_one_line(name):
    scene = a_frozen_scene(1)
    sender = db.session.get_one(Sender, scene.sendout.email_sender_id)
    sender.display_name = name

    written = email_campaign(scene.sendout).sender

    shown, _, address = written.rpartition(" <")
    assert "\n" not in written
    assert address == f"{sender.address}>"
    unquoted = shown[1:-1].replace('\\"', '"').replace("\\\\", "\\") if shown.startswith('"') else str(make_header(decode_header(shown)))
    assert unquoted == name


def test_a_sender_without_a_name_is_its_address():
    scene = a_frozen_scene(1)
    sender = db.session.get_one(Sender, scene.sendout.email_sender_id)
    sender.display_name = ""

    assert email_campaign(scene.sendout).sender == sender.address


def test_a_comparison_in_the_preview_is_no_html():
    campaign = campaign_of(preview_text='A & B{% if member_number <> "" %}, {{ member_number }}{% endif %}', html="<p>Hello</p>")

    assert "A &amp; B{{s0}}" in campaign.html
    assert campaign.template.slots_for({"member_number": "M7"})["s0"] == ", M7"


def test_the_preview_stands_before_everything_and_is_escaped():
    campaign = campaign_of(preview_text="Bring <boots> & a towel", html="<p>Hello</p>")

    assert campaign.html.index("Bring &lt;boots&gt; &amp; a towel") < campaign.html.index("Hello")


def test_an_email_says_the_language_it_is_written_in():
    scene = a_frozen_scene(1)
    scene.organisation.language = "fr"

    assert 'lang="fr"' in email_campaign(scene.sendout).html


@pytest.mark.parametrize(
    ("kind", "words"), [(CommunicationType.MARKETING, "Unsubscribe"), (CommunicationType.NON_MARKETING, "Choose what you get")]
)
def test_the_footer_says_who_writes_from_where_and_how_to_say_no(kind, words):
    organisation = an_organisation(name="Cats & {Dogs}", postal_address="1 High Street \n\n Ely ")

    footer = footer_for(organisation, is_marketing=kind is CommunicationType.MARKETING)

    assert "Cats &amp; (Dogs)<br>1 High Street, Ely" in footer.html
    assert f">{words}</a>" in said(footer.html.format(unsubscribe="https://u.example"), "en")
    assert said(footer.text.format(unsubscribe="https://u.example"), "en").endswith(f"{words}: https://u.example\n")


def test_everybody_reads_the_fixed_words_in_their_own_language_or_else_in_the_organisations():
    scene = a_frozen_scene(1, asks_confirmation=True, has_edit_link=True, has_visible_pixel=True, html="<p>Hi</p>", text="Hi")
    scene.organisation.language = "de"

    campaign = email_campaign(scene.sendout)
    read = {code: _read(campaign, {LANGUAGE: code}) for code in ("fr", "en", None, "ja")}

    assert "ai lu ce message" in read["fr"]
    assert "Choisir ce que vous recevez: https://app.example.com/u/" in read["fr"]
    assert "Choose what you get" in read["en"]
    assert "Auswählen, was Sie bekommen" in read[None] == read["ja"]
    assert "sendout-words" not in "".join(read.values())


def _read(campaign, fields) -> str:
    slots = campaign.slots(7, {"first_name": "Ava"} | fields, URLS)
    return re.sub(r"\{\{(\w+)\}\}", lambda slot: slots[slot[1]], campaign.html + campaign.text)


def test_a_text_asks_in_the_readers_language():
    scene = a_frozen_scene(1, question="Komm(s)t?", choices=["Ja", "Nein"], asks_confirmation=True)
    scene.organisation.language = "de"

    campaign = text_campaign(scene.sendout)

    assert "Ziffer zurückschicken oder antippen: https://" in campaign.body(7, {"first_name": "Ava"}, URLS)
    assert "Touchez pour confirmer la lecture : https://" in campaign.body(7, {"first_name": "Ava", LANGUAGE: "fr"}, URLS)


def test_a_text_campaign_knows_its_sender_and_rate():
    scene = a_frozen_scene(1)

    campaign = text_campaign(scene.sendout)

    assert campaign.template.render({"first_name": "Ava"}) == "Hello Ava"
    assert (campaign.sender_id, campaign.segments_per_second) == (scene.sendout.sms_sender_id, 100)


def test_what_cannot_be_read_says_so():
    scene = a_frozen_scene(1)
    run_sql("UPDATE sendouts SET html = '{% if %}', sms_body = '{{ }'")

    with pytest.raises(TemplateError):
        email_campaign(scene.sendout)
    with pytest.raises(TemplateError):
        text_campaign(scene.sendout)


def test_links_are_those_that_are_rewritten():
    assert links_of(LINKED + '<a href="mailto:a@b.example">write</a>') == ["https://a.example/?x=1&y=2", "https://b.example/"]
