"""The queue: claims, leases and ends."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bson import ObjectId

from tests.conftest import MovableClock
from user_auth.audit import AuditEvent, Event
from user_auth.foundation import clock as app_clock
from user_auth.mail import outbox
from user_auth.mail.documents import Mail, Status
from user_auth.mail.outbox import GIVE_UP_AFTER, KEEP_FOR, LEASE, LeaseLostError

pytestmark = pytest.mark.usefixtures("mongo")


def claimed(kind: str = "greeting") -> Mail:
    outbox.enqueue(kind, to="ada@example.com")
    mail = outbox.claim()
    assert mail is not None
    return mail


def stored(mail: Mail) -> Mail:
    return Mail.objects.get(id=mail.id)


def test_a_mail_holds_what_it_was_queued_with() -> None:
    """Kind, recipient, data and challenge come back at the claim."""
    mail_id = outbox.enqueue("greeting", to="ada@example.com", data={"name": "Ada"}, challenge_id="c1")
    mail = outbox.claim()
    assert mail is not None
    assert (mail.id, mail.kind, mail.to, mail.data, mail.challenge_id) == (
        mail_id,
        "greeting",
        "ada@example.com",
        {"name": "Ada"},
        "c1",
    )


def test_a_mail_is_claimed_once() -> None:
    """Whoever claims it has it; nobody else gets it meanwhile."""
    assert claimed().status == Status.SENDING
    assert outbox.claim() is None


def test_the_mail_that_has_waited_longest_goes_first(clock: MovableClock) -> None:
    """Claims come in the order in which the mails fell due."""
    for kind in ("first", "second", "third"):
        outbox.enqueue(kind, to="ada@example.com")
        clock.tick(seconds=1)
    assert [mail.kind for mail in iter(outbox.claim, None)] == ["first", "second", "third"]


@pytest.mark.asvs("15.4.2")
def test_no_mail_is_claimed_twice_by_many_at_once() -> None:
    """40 mails, 8 claimers: each mail once."""
    for _ in range(40):
        outbox.enqueue("greeting", to="ada@example.com")
    with ThreadPoolExecutor(8) as claimers:
        claims = list(claimers.map(lambda _: outbox.claim(), range(60)))
    counts = Counter(mail.id for mail in claims if mail)
    assert len(counts) == 40
    assert set(counts.values()) == {1}


def test_a_mail_whose_worker_died_goes_to_another_when_the_lease_has_lapsed(clock: MovableClock) -> None:
    """Not before, and then with the code that it may already have carried."""
    outbox.keep_code(claimed(), b"sealed")
    clock.tick(seconds=LEASE.total_seconds() - 1)
    assert outbox.claim() is None
    clock.tick(seconds=2)
    mail = outbox.claim()
    assert mail is not None
    assert (mail.attempts, mail.sealed_code) == (2, b"sealed")


def test_who_lost_the_lease_changes_nothing(clock: MovableClock) -> None:
    """Neither an end nor a code of the first claimer counts once a second has the mail."""
    slow = claimed()
    clock.tick(seconds=LEASE.total_seconds() + 1)
    quick = outbox.claim()
    assert quick is not None
    assert not outbox.sent(slow)
    assert not outbox.dead(slow, "late")
    assert not outbox.retry(slow, "late")
    with pytest.raises(LeaseLostError):
        outbox.keep_code(slow, b"late")
    with pytest.raises(LeaseLostError):
        outbox.extend(slow)
    assert stored(quick).to_mongo() == quick.to_mongo()


def test_a_lease_that_lapsed_unnoticed_still_counts(clock: MovableClock) -> None:
    """Nobody took the mail meanwhile, so that it was sent can be noted."""
    mail = claimed()
    clock.tick(seconds=LEASE.total_seconds() + 1)
    assert outbox.sent(mail)
    assert outbox.claim() is None


def test_an_extended_lease_lasts_anew(clock: MovableClock) -> None:
    """Extended half-way, it lapses half a lease later."""
    mail = claimed()
    clock.tick(seconds=LEASE.total_seconds() / 2)
    outbox.extend(mail)
    clock.tick(seconds=LEASE.total_seconds() / 2 + 1)
    assert outbox.claim() is None


@pytest.mark.asvs("14.2.4")
@pytest.mark.parametrize("status", [Status.SENT, Status.DEAD])
def test_an_ended_mail_keeps_no_code_and_goes_after_a_week(status: Status) -> None:
    """The sealed code is gone at once, the record a week later."""
    mail = claimed()
    outbox.keep_code(mail, b"sealed")
    assert outbox.sent(mail) if status == Status.SENT else outbox.dead(mail, "SMTPDataError 554")
    ended = stored(mail)
    assert (ended.status, ended.sealed_code) == (status, None)
    assert ended.expires_at is not None
    assert abs(ended.expires_at - app_clock.now() - KEEP_FOR) < timedelta(seconds=30)


def test_a_mail_on_its_way_does_not_expire() -> None:
    """The TTL index finds nothing to take: there is no time in the field."""
    assert "expires_at" not in stored(claimed()).to_mongo()


@pytest.mark.asvs("13.2.6")
def test_waits_grow_up_to_an_hour(clock: MovableClock) -> None:
    """10 s, then twice as long each time."""
    outbox.enqueue("greeting", to="ada@example.com")
    waits = []
    for _ in range(11):
        mail = outbox.claim()
        assert mail is not None
        outbox.retry(mail, "SMTPDataError 451")
        waits.append((stored(mail).due_at - app_clock.now()).total_seconds())
        clock.tick(seconds=waits[-1] + 1)
    assert [round(wait) for wait in waits] == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


def test_a_mail_that_is_put_back_keeps_its_code_and_its_reason() -> None:
    """The next try sends the same code; an operator sees why the last one failed."""
    mail = claimed()
    outbox.keep_code(mail, b"sealed")
    outbox.retry(mail, "SMTPDataError 451 4.3.0")
    assert (stored(mail).status, stored(mail).sealed_code) == (Status.QUEUED, b"sealed")
    assert stored(mail).last_error == "SMTPDataError 451 4.3.0"


def test_a_mail_is_given_up_after_a_day(clock: MovableClock) -> None:
    """The try that would come later than that is not waited for."""
    mail = claimed()
    clock.tick(seconds=GIVE_UP_AFTER.total_seconds() - 5)
    outbox.retry(mail, "SMTPDataError 451")
    assert (stored(mail).status, stored(mail).last_error) == (Status.DEAD, "SMTPDataError 451")


def test_waits_stay_sane_after_very_many_tries() -> None:
    """A counter far up does not overflow the wait."""
    mail = claimed()
    Mail.objects(id=mail.id).update_one(attempts=5000)
    mail.attempts = 5000
    assert outbox.retry(mail, "SMTPDataError 451")
    assert stored(mail).due_at - app_clock.now() <= timedelta(hours=1)


def test_queueing_the_same_mail_again_does_nothing() -> None:
    """A sweep may repeat what a crash left in doubt, even after the mail was sent."""
    mail_id = ObjectId()
    outbox.enqueue("greeting", to="ada@example.com", mail_id=mail_id)
    mail = outbox.claim()
    assert mail is not None
    outbox.sent(mail)
    assert outbox.enqueue("greeting", to="ada@example.com", mail_id=mail_id) == mail_id
    assert outbox.claim() is None
    assert Mail.objects.count() == 1


def test_every_mail_has_a_message_id_of_its_own() -> None:
    """It is made when the mail is queued, so that every try has the same one."""
    for _ in range(2):
        outbox.enqueue("greeting", to="ada@example.com")
    message_ids = Mail.objects.distinct("message_id")
    assert len(message_ids) == 2
    assert all(message_id.startswith("<") and message_id.endswith("@127.0.0.1>") for message_id in message_ids)


def test_a_claim_does_not_search_the_collection() -> None:
    """Its query is answered by the index, in order, whatever has been sent before."""
    query = {"status": {"$in": [Status.QUEUED, Status.SENDING]}, "due_at": {"$lte": app_clock.now()}}
    plan = str(Mail._get_collection().find(query).sort("due_at", 1).explain()["queryPlanner"]["winningPlan"])
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan
    assert "'stage': 'SORT'" not in plan


def test_a_mail_that_is_given_up_is_in_the_audit() -> None:
    """An operator can find out which mails never went out, and why, without an address in the record."""
    outbox.enqueue("signup_code", to="ada@example.com")
    mail = outbox.claim()
    assert mail
    outbox.dead(mail, "550")
    event = AuditEvent.objects.get(event=Event.MAIL_DEAD)
    assert event.details == {"kind": "signup_code", "error": "550"}
