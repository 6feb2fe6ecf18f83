"""The fixtures that python-gitlab's own functional tests ask for, without its containers."""

import os

import gitlab
import pytest


@pytest.fixture(scope="session")
def gl():
    return gitlab.Gitlab(os.environ["GITLAB_URL"], private_token=os.environ["GITLAB_TOKEN"])


@pytest.fixture
def project(gl):
    return gl.projects.get("acme/app")


@pytest.fixture
def group(gl):
    return gl.groups.get("acme")
