"""A rehearsal of publishing: runs every command of docs/publish.md.

The Heroku CLI, the image and its build, the registry, the container with a random port, a
read-only disk and 512 MB, PostgreSQL with TLS and 20 connections, docker-compose.yaml, and the
browser are real. Docker's commands are run by podman. Heroku's platform is simulated:
`rehearsal.heroku` answers the requests of the CLI, and treats containers as Heroku treats dynos.
So this shows that the wall and the page are correct if a host keeps to its documentation; it is
no test of Heroku itself.
"""
