"""The main job, as an organiser does it: people in, words written, sent, watched."""

import csv

import pytest

from tests.flows.crowd import PEOPLE, REACHED
from tests.flows.pages import numbers_in
from tests.flows.story import Draft, Ended, Imported

pytestmark = pytest.mark.flow


def test_an_import_says_first_what_will_happen_then_what_did(imported: Imported):
    said = " ".join(imported.forecast.split())
    done = " ".join(imported.result.split())

    assert f"{PEOPLE} new" in said
    assert "1 join an earlier line" in said
    assert "1 cannot be used" in said
    assert "Line 6 There is no name and no usable address." in said
    assert f"{PEOPLE} new" in done
    assert "1 could not be used" in done


def test_the_lines_to_correct_come_back_with_the_reason(imported: Imported):
    header, broken, nobody = csv.reader(imported.lines_to_correct.decode("utf-8-sig").splitlines())

    assert header[-1] == "What was wrong"
    assert "“not an address” left out" in broken[-1]
    assert nobody[-2:] == ["Lost", "There is no name and no usable address."]


def test_the_composer_counts_texts_and_replaces_what_makes_them_dear(draft: Draft):
    assert "because of \N{RIGHT SINGLE QUOTATION MARK}" in draft.costly_size
    assert "counts as 1 text" in draft.cheap_size


def test_a_preview_is_written_to_one_person(draft: Draft):
    assert draft.previewed_mail.startswith("Hello Yara, we have kept a place.")
    assert draft.previewed_text.endswith("don't forget boots, Yara")


def test_review_says_how_many_get_it_and_what_stands_against_it(draft: Draft):
    assert f"Send to {REACHED} people" in draft.review
    assert "unsubscribe link" in draft.review
    assert "Nobody would see a gap" in draft.review


def test_send_can_be_undone_for_twenty_seconds_that_count_down(ended: Ended):
    assert 15 <= ended.seconds_to_undo[0] <= 20
    assert ended.seconds_to_undo == sorted(set(ended.seconds_to_undo), reverse=True)


def test_the_page_moves_by_itself_and_always_adds_up(ended: Ended):
    lines = [numbers_in(line) for line in ended.accounting if line]

    assert len(lines) >= 3
    assert all(whole == sum(parts) == PEOPLE for whole, *parts in lines)


def test_the_doughnut_follows_the_line(ended: Ended):
    rings = [ring for ring in ended.rings if ring]

    assert len(set(rings)) >= 3
