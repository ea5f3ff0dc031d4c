from hypothesis import given
from hypothesis import strategies as st

from app.domain.approval import Approval, Question, may_decide
from app.domain.roles import Role

digests = st.sampled_from(["one", "two", "three"])
questions = st.builds(Question, st.none() | digests, st.booleans(), st.booleans())
people = st.integers(1, 4)


@given(questions, digests)
def test_nothing_counts_as_approved_but_what_was_asked_about_and_approved(question, digest):
    is_given = question.standing(digest) is Approval.GIVEN

    assert is_given == (question.digest == digest and question.is_approved and not question.is_sent_back)


@given(digests, st.booleans())
def test_a_change_asks_anew_and_changing_it_back_does_not(digest, is_approved):
    question = Question(digest, is_approved=is_approved)

    assert question.standing(f"{digest} and more") is Approval.CHANGED
    assert question.standing(digest) is (Approval.GIVEN if is_approved else Approval.ASKED)


def test_nobody_is_asked_at_first_and_a_no_stays_until_somebody_asks_again():
    assert Question().standing("one") is Approval.NOT_ASKED
    assert Question("one", is_sent_back=True).standing("two") is Approval.SENT_BACK


@given(people, st.sampled_from(Role), st.none() | people, st.none() | people)
def test_only_a_second_person_decides_and_only_one_who_may_send(user, role, author, asker):
    assert may_decide(user, role, author_id=author, asker_id=asker) == (
        role in (Role.OWNER, Role.ORGANISER) and user not in (author, asker)
    )
