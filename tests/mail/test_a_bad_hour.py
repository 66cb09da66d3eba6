"""An hour in which SMTP does everything wrong."""

from collections import defaultdict
from itertools import cycle

import pytest

from tests.conftest import MovableClock
from tests.mail.post_office import DROP, PostOffice, text_of
from tests.mails import code_in
from user_auth.mail import outbox, worker
from user_auth.mail.documents import Mail, Status

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("mongo")]

RECIPIENTS = [f"person.{number}@example.com" for number in range(8)]
STEP_SECONDS = 60
# What it does, one after the other: later, at each step; broken off before and after it has read a mail; not there.
MANNERS = ("MAIL 451", "RCPT 450", "DATA 452", "RCPT drop", "DATA drop", "closed")


def misbehave(office: PostOffice, manner: str) -> None:
    step, _, how = manner.partition(" ")
    office.manners.clear()
    if manner == "closed":
        office.close()
    else:
        office.manners[step] = DROP if how == "drop" else f"{how} 4.3.0 later"


def test_an_hour_of_refusals_loses_no_mail_and_sends_no_second_code(
    post_office: PostOffice, code_kind: str, clock: MovableClock
) -> None:
    """Whatever SMTP says or does, each mail comes in the end, and every copy of it that anybody saw has the same code."""
    for recipient in RECIPIENTS:
        outbox.enqueue(code_kind, to=recipient)
    manners, passed = cycle(MANNERS), 0
    while passed < 3600:
        manner = next(manners)
        misbehave(post_office, manner)
        assert worker.deliver_due() == 0
        if manner == "closed":
            post_office.open()
        clock.tick(seconds=STEP_SECONDS)
        passed += STEP_SECONDS
    post_office.manners.clear()
    for _ in range(60):
        worker.deliver_due()
        clock.tick(seconds=STEP_SECONDS)
    codes = defaultdict[str, set[str]](set)
    for mail in post_office.seen:
        codes[str(mail["To"])].add(code_in(text_of(mail)))
    taken = post_office.recipients()
    print(
        f"An hour of refusals: {len(taken)} of {len(RECIPIENTS)} mails came, in {len(post_office.seen)} tries to hand over."
    )
    assert sorted(taken) == sorted(RECIPIENTS)
    assert {recipient: len(found) for recipient, found in codes.items()} == dict.fromkeys(RECIPIENTS, 1)
    assert Mail.objects(status=Status.SENT).count() == len(RECIPIENTS)
