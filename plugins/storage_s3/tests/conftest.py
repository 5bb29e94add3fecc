"""A real S3 server, once for all tests of this plugin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tagma_objects.testing import Server, s3_server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with s3_server(tmp_path_factory.mktemp("seaweed")) as server:
        yield server
