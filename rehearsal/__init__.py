"""The publication, rehearsed: every command of docs/publish.md, run for real.

Real are the Heroku CLI, the image and what builds it, the registry, the container with a port by
chance, a read-only disk and 512 MB, PostgreSQL with TLS and 20 connections, docker-compose.yaml,
and the browser. Docker's commands are podman's. Heroku's platform is played: `rehearsal.heroku`
answers what the CLI reads, and does with containers what its dynos would do. So this shows that
the wall and the page are right as far as a host keeps to its documentation; it is no test of
Heroku itself.
"""
