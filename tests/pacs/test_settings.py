"""What a configuration may say, and what is refused when a process starts."""

import pytest

from pacs.errors import PacsError, PacsSettingsError
from pacs.settings import VARIABLE, from_environment, read_archives

WEB = '[archives.main]\ndicomweb = "https://pacs.example.org/dicom-web/"\n'


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "pacs.toml"
        file.write_text(text)
        (tmp_path / "token").write_text("t0ken\n")
        return file

    return write


def test_no_file_is_no_archive():
    assert from_environment({}).named == {}


def test_an_archive_has_two_ways_in(written):
    text = 'aet = "REG1"\n' + WEB + 'dimse = "ARCHIVE@[::1]:11112"\nstow = "stow-rs"\n'
    archive = from_environment({VARIABLE: str(written(text))}).of("main")
    assert archive.dicomweb == "https://pacs.example.org/dicom-web"
    assert (archive.dimse.title, archive.dimse.host, archive.dimse.port) == ("ARCHIVE", "::1", 11112)
    assert archive.ways_in == ("stow", "c-store")
    assert archive.aet == "REG1"


def test_a_way_that_is_not_configured_is_refused(written):
    archive = read_archives(written(WEB)).of("main")
    assert archive.way() == archive.way("stow") == "stow"
    with pytest.raises(PacsError) as refused:
        archive.way("c-store")
    assert refused.value.code == "pacs-cannot"


def test_its_address_and_secrets_are_not_shown(written, tmp_path):
    archive = read_archives(written(WEB + f'bearer_file = "{tmp_path}/token"\n')).of("main")
    assert "example" not in repr(archive)
    assert "t0ken" not in repr(archive)


def test_an_unknown_name_is_refused(written):
    with pytest.raises(PacsError) as refused:
        read_archives(written(WEB)).of("https://elsewhere.example.org")
    assert refused.value.code == "pacs-unknown"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[archives.main]\n", "dicomweb, dimse or both"),
        ("[archives.Main]\ndimse = 'A@b:104'\n", "name"),
        ("[archives.main]\ndimse = 'ARCHIVE:104'\n", "TITLE@host:port"),
        ("[archives.main]\ndimse = 'A@b:104'\naet = 'MUCH-TOO-LONG-A-TITLE'\n", "aet"),
        ("[archives.main]\ndicomweb = 'file:///etc'\n", "http"),
        ("[archives.main]\ndicomweb = 'https://me:secret@pacs.example.org'\n", "settings of their own"),
        (WEB + "qido = '../..?x='\n", "qido"),
        (WEB + "user = 'me'\n", "password_file"),
        (WEB + "bearer_file = 'no-such-file'\n", "no-such-file"),
        (WEB + "url = 'https://x'\n", "url"),
        ("[archives\n", "cannot be used"),
        ("archives = 3\n", "cannot be used"),
    ],
)
def test_what_cannot_be_is_refused_at_the_start(written, text, says):
    with pytest.raises(PacsSettingsError, match=says):
        read_archives(written(text))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(PacsSettingsError, match="gone"):
        read_archives(tmp_path / "gone.toml")


@pytest.mark.parametrize("url", ["http://pacs.example.org", "https://pacs.example.org", "http://127.0.0.1:8042"])
def test_secrets_stay_off_open_networks(written, tmp_path, url):
    text = f'[archives.main]\ndicomweb = "{url}"\nbearer_file = "{tmp_path}/token"\n'
    if url == "http://pacs.example.org":
        with pytest.raises(PacsSettingsError, match="in the clear"):
            read_archives(written(text))
        text += "secrets_over_http = true\n"
    assert read_archives(written(text)).of("main").bearer_file
