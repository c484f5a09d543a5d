"""Loads all of the generated client, lists the playbooks with it and prints their names, one a line.

DESKHAND_URL says where the API answers, DESKHAND_KEY is an API key.
"""

import importlib
import os
import pkgutil

import deskhand_client
from deskhand_client import AuthenticatedClient
from deskhand_client.api.playbook import list_playbooks
from deskhand_client.models import PlaybookPage, ProblemBody


def main() -> None:
    url, key = os.environ["DESKHAND_URL"], os.environ["DESKHAND_KEY"]
    known = AuthenticatedClient(base_url=url, token=key, prefix="", auth_header_name="X-API-Key")
    page = list_playbooks.sync(client=known, limit=100)
    assert isinstance(page, PlaybookPage), page
    assert page.count == len(page.items)

    unknown = AuthenticatedClient(base_url=url, token="no key", prefix="", auth_header_name="X-API-Key")
    refusal = list_playbooks.sync(client=unknown)
    assert isinstance(refusal, ProblemBody), refusal
    assert refusal.status_code == 401

    for module in pkgutil.walk_packages(deskhand_client.__path__, "deskhand_client."):
        importlib.import_module(module.name)

    for playbook in page.items:
        print(playbook.playbook_id)


main()
