"""Wrong passwords inside a session, counted before they are compared."""

from user_auth.sessions.documents import Session


def spend(session: Session) -> int | None:
    """Count one try and return how many there were in a row; ``None`` when the session is gone."""
    counted = Session.objects(id=session.id).modify(new=True, inc__wrong_passwords=1)
    return counted.wrong_passwords if counted else None


def take_back(session: Session) -> None:
    """Undo the count of one try: it was not compared."""
    Session.objects(id=session.id, wrong_passwords__gt=0).update_one(dec__wrong_passwords=1)


def forget(session: Session) -> None:
    """Begin to count anew: the password was right."""
    Session.objects(id=session.id).update_one(wrong_passwords=0)
