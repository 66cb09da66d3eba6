"""The stand-alone service: the app with an environment, a server and a database of its own."""
