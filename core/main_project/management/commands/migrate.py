"""``manage.py migrate``: a word for those who try it."""

from django.core.management.commands import migrate


class Command(migrate.Command):
    """Migrate nothing; takes what Django's command takes."""

    help = "There is nothing to migrate: the data is in MongoDB."

    def handle(self, *_args: object, **_options: object) -> None:
        self.stdout.write(
            "Nothing to migrate: the data is in MongoDB. "
            "Its indexes are made when the service starts; `manage.py auth indexes` shows and compares them."
        )
