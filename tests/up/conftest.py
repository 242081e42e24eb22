"""A data folder whose cluster is made already: making one is slow, and tested by itself."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from capi_admin.up.postgres import EmbeddedPostgres


@pytest.fixture(scope="session")
def made_cluster() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    server = EmbeddedPostgres(folder, durable=False)
    server.start()
    server.stop()
    yield server.cluster
    shutil.rmtree(folder)


@pytest.fixture
def data_dir(tmp_path: Path, made_cluster: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(made_cluster, folder / "postgres")
    return folder
