"""Programs of the wall on one database, killed, frozen and cut off at random under load.

Two programs, one of them with two processes, run against a PostgreSQL of the harness's own, while
writers post, edit, delete and react, and readers follow the streams. The faults come from a plan
that one number, the seed, decides. In the end the history is checked: what was acknowledged, what
the database has, what each reader was sent, and what the pages show.
"""
