"""The ways in which a rule, or the suite itself, ends other than well."""


class Broken(Exception):
    """The CPI broke the rule: the message names the thing, what was found and what was wanted."""


class Blocked(Exception):
    """A step that the rule only needed did not work: that step is another rule's subject."""


class Interrupted(Blocked):
    """The run was interrupted: what is being asked is given up, so that cleaning can begin."""


class NotAsked(Blocked):
    """The rule needs what the profile or the world does not have: it is not run, and says why."""


class NotServed(NotAsked):
    """The world's control interface does not have what the rule needs."""


class Refused(Exception):
    """The gate would not send this request, since it could touch what is not the suite's own."""


class Unusable(Exception):
    """The profile, the world or the executable cannot be used: nothing was judged."""
