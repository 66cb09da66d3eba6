"""The shop's own records, in SQL."""

from django.db import models


class Customer(models.Model):
    """Somebody who may buy; ``user_id`` is the id of the account."""

    user_id = models.CharField(max_length=24, unique=True)
    email = models.EmailField()
    visits = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.email
