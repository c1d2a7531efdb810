"""Heroku's platform, simulated as far as its CLI, a dyno or a visitor can notice.

It follows Heroku's documentation (devcenter.heroku.com): how dynos start and stop, which headers
the router adds, its timeouts, its error codes.
"""
