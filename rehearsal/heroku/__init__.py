"""Heroku's platform, played: as far as its CLI, a dyno and a visitor notice.

What is known of it is from its documentation (devcenter.heroku.com): how dynos start and stop,
what the router adds and how long it waits, which error codes there are.
"""
