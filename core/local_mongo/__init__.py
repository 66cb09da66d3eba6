"""A real mongod as a child process, for people who have none: one per data directory, on a private Unix socket.

Whoever starts it owns it: it ends with that process, however that process ends. Others attach to it.
"""

from local_mongo.errors import LocalMongoError
from local_mongo.instance import Instance
from local_mongo.sharing import adopt, attach, own, stop

__all__ = ["Instance", "LocalMongoError", "adopt", "attach", "own", "stop"]
