"""flufl.bounce's own samples: real bounces, kept by those who know them best."""

import ast
import re
import tarfile
from pathlib import Path

from newsletter.postbox.read import read
from tests.support.absent import absent

_SAMPLES = Path(__file__).parents[3] / ".venv" / "samples"
_ROW = re.compile(r"\('\w+',\s*'([\w.]+)',\s*(\[[^\]]*\]),\s*(?:True|False)\)")


def _source() -> tarfile.TarFile:
    found = sorted(_SAMPLES.glob("flufl*bounce-*.tar.gz"))
    if not found:
        absent("flufl.bounce's source, which `make` fetches, is not in .venv/samples")
    return tarfile.open(found[-1])


def _member(source: tarfile.TarFile, ending: str) -> bytes:
    name = next(one for one in source.getnames() if one.endswith(ending))
    file = source.extractfile(name)
    assert file is not None
    return file.read()


def test_every_address_is_found() -> None:
    """Each address that flufl.bounce finds in its samples is found here too, and nothing raises."""
    with _source() as source:
        rows = _ROW.findall(_member(source, "tests/test_detectors.py").decode())
        assert len(rows) > 100
        for name, listed in rows:
            wanted = {one.decode() for one in ast.literal_eval(listed)}
            told = read(_member(source, f"tests/data/{name}")).feedback
            found = {one.recipient for one in told} | {a for one in told for a in one.aliases}
            assert wanted <= found, name


def test_every_sample_can_be_read() -> None:
    """Samples without an address, and those that are no bounce, are read as well."""
    with _source() as source:
        names = [one for one in source.getnames() if "/tests/data/" in one]
        assert len(names) > 100
        for name in names:
            assert read(_member(source, name)).feedback
