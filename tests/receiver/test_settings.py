"""What the environment says of the receiver, and with what it must not start."""

import pytest

from receiver.__main__ import locked
from receiver.settings import ReceiverSettings, ReceiverSettingsError, from_environment

NEEDED = {"KERNELREG_DATA_DIR": "/data", "KERNELREG_REDIS_URL": "redis://somewhere"}


def test_the_defaults_let_only_this_machine_in():
    settings = from_environment(NEEDED)
    assert (settings.host, settings.port, settings.aet, settings.owner) == ("127.0.0.1", 11112, "KERNELREG", "local")
    assert settings.callers == frozenset()


def test_everything_can_be_said():
    told = dict.fromkeys(("QUIET_S", "KEEP_HOURS", "BYTES", "INSTANCES", "ASSOCIATIONS", "RESERVE_BYTES"), "7")
    more = {"HOST": "0.0.0.0", "PORT": "104", "AET": "US", "CALLERS": "PACS, CT-1 ,", "OWNER": "radiology"}
    settings = from_environment(NEEDED | {f"KERNELREG_DICOM_{name}": value for name, value in (told | more).items()})
    assert settings.callers == {"PACS", "CT-1"}
    assert (settings.quiet_s, settings.bytes, settings.associations, settings.owner) == (7.0, 7, 7, "radiology")


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"HOST": "0.0.0.0"}, "KERNELREG_DICOM_CALLERS"),
        ({"PORT": "70000"}, "KERNELREG_DICOM_PORT"),
        ({"AET": "A" * 17}, "1 to 16 characters"),
        ({"CALLERS": "A\\B"}, "backslash"),
        ({"BYTES": "many"}, "KERNELREG_DICOM_BYTES"),
    ],
)
def test_what_cannot_be_is_told_by_name(told, says):
    with pytest.raises(ReceiverSettingsError, match=says):
        from_environment(NEEDED | {f"KERNELREG_DICOM_{name}": value for name, value in told.items()})


def test_with_api_keys_the_owner_must_be_named():
    keys = {"KERNELREG_API_KEYS": "radiology:0123456789abcdef"}
    with pytest.raises(ReceiverSettingsError, match="KERNELREG_DICOM_OWNER"):
        from_environment(NEEDED | keys)
    assert from_environment(NEEDED | keys | {"KERNELREG_DICOM_OWNER": "radiology"}).owner == "radiology"


def test_one_receiver_per_folder(tmp_path):
    folder = ReceiverSettings(data_dir=tmp_path, redis_url="").inbox
    with locked(folder), pytest.raises(ReceiverSettingsError, match="Another receiver"):
        locked(folder)
    locked(folder).close()
