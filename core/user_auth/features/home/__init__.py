"""Where the service begins for a person, and how its pages look."""
