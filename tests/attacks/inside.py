"""What can be seen from inside: the mails that have left, and the records."""

from email.message import EmailMessage
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from local_mongo import replica_set
from local_mongo.places import Places
from tests.harness.service import Service
from tests.mail.post_office import PostOffice, wait_until
from tests.mails import code_in

PEPPER = "Pepper-Secret-Gazelle-90"
Records = Database[dict[str, Any]]


class Post:
    """What an SMTP server has taken, by recipient."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office
        self._sorted: dict[str, list[EmailMessage]] = {}
        self._seen = 0

    def mails(self, email: str) -> list[EmailMessage]:
        """Return the mails to an address, oldest first."""
        while self._seen < len(self._office.received):
            mail = self._office.received[self._seen]
            self._sorted.setdefault(str(mail["To"]).lower(), []).append(mail)
            self._seen += 1
        return self._sorted.get(email.lower(), [])

    def wait_for(self, email: str, *, mails: int = 1) -> list[EmailMessage]:
        """Return the mails to an address once there are so many."""
        wait_until(lambda: len(self.mails(email)) >= mails, seconds=20)
        return self.mails(email)

    def code(self, email: str, *, mails: int = 1) -> str:
        """Return the code of the latest mail once there are so many; empty when it carries none."""
        return code_of(self.wait_for(email, mails=mails)[-1])


def code_of(mail: EmailMessage) -> str:
    return code_in(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]


def kept_code(records: Records, email: str, *, mails: int = 1) -> str:
    """Return the code of the latest mail in a service's mailbox once there are so many to an address."""
    wait_until(lambda: records.mailbox.count_documents({"to": email}) >= mails)
    found = records.mailbox.find_one({"to": email}, sort=[("created_at", -1), ("_id", -1)])
    return code_in(found["text"]) if found else ""


def records_of(service: Service) -> MongoClient[dict[str, Any]]:
    """Open the database of a service, as somebody on its machine can."""
    owner = Places(service.data_dir.resolve() / "mongo").read_owner()
    assert owner, "the service has no database of its own"
    return MongoClient(replica_set.uri_of(owner.socket), tz_aware=True, serverSelectionTimeoutMS=2000)
