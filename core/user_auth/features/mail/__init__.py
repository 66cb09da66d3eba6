"""Looking after the queue of mails."""
