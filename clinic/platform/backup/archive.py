"""The file of a backup: a tar archive with the database and a manifest, compressed and encrypted with age."""

import gzip
import json
import tarfile

import pyrage
from pyrage import ssh, x25519

DATABASE, MANIFEST = "database", "manifest.json"


class BadKey(ValueError):
    """A key is missing, cannot be read or does not open the backup. Its message is a sentence."""


class BadArchive(ValueError):
    """The file is not a backup, or it is cut off or damaged. Its message is a sentence."""


def read_recipients(keys):
    """Return age recipients for public keys ("age1..." or "ssh-ed25519 ..."). Raises BadKey."""
    if not keys:
        raise BadKey("Set BACKUP_RECIPIENTS to a public key. `manage.py backup_key FILE` creates a pair of keys.")
    try:
        return [(ssh if key.startswith("ssh-") else x25519).Recipient.from_str(key.strip()) for key in keys]
    except pyrage.RecipientError as error:
        raise BadKey(f"BACKUP_RECIPIENTS has a key that age cannot read: {error}.") from None


def read_identities(path):
    """Return the private keys in a file of `age-keygen` or `backup_key`: lines that begin with AGE-SECRET-KEY."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
        keys = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise BadKey(f"The key file {path} cannot be read: {error}.") from None
    if not keys:
        raise BadKey(f"The key file {path} has no key.")
    return keys


def create_key(path):
    """Write a new private key to the file `path`, which only its owner may read. Return the public key."""
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(f"# public key: {public}\n{identity}\n")
    return public


def write_archive(database, manifest, path, recipients):
    """Write the file `database` and the dict `manifest` to `path`, encrypted for the recipients."""
    packed = database.with_name("archive")
    with gzip.open(packed, "wb", compresslevel=6) as compressed, tarfile.open(fileobj=compressed, mode="w") as archive:
        manifest_file = database.with_name(MANIFEST)
        manifest_file.write_text(json.dumps(manifest, indent=1))
        archive.add(manifest_file, MANIFEST)
        archive.add(database, DATABASE)
    pyrage.encrypt_file(str(packed), str(path), recipients)
    packed.unlink()


def read_archive(path, identities, folder):
    """Decrypt the backup `path` into `folder`. Return its manifest and the path of the database file.

    Raises BadKey if none of the keys fits, and BadArchive if the file is no backup or is damaged. age authenticates
    the whole file, so a changed or shortened one is always refused.
    """
    packed = folder / "archive"
    try:
        pyrage.decrypt_file(str(path), str(packed), identities)
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise BadKey("This key does not open the backup. Use the private key of one of its recipients.") from None
        raise BadArchive(f"{path} is not a complete backup: {error}.") from None
    except OSError as error:
        raise BadArchive(f"{path} cannot be read: {error}.") from None
    try:
        with tarfile.open(packed, "r:gz") as archive:
            archive.extractall(folder, [archive.getmember(MANIFEST), archive.getmember(DATABASE)], filter="data")
        return json.loads((folder / MANIFEST).read_text()), folder / DATABASE
    except (tarfile.TarError, KeyError, EOFError, OSError, ValueError) as error:
        raise BadArchive(f"{path} is encrypted correctly, but it is not a backup of Filiform: {error}.") from None
    finally:
        packed.unlink(missing_ok=True)
