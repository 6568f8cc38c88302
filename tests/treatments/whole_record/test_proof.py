"""The proof in the copy of a record, checked by its own program, as somebody without Filiform does."""

import json
import subprocess
import sys

import pytest

from patients.integrity.keys import current_key_id
from treatments.whole_record.proof import files_of_proof


@pytest.fixture
def folder(clinic_fixture, settings, tmp_path):
    for name, content in files_of_proof(clinic_fixture.patient):
        (tmp_path / name.rpartition("/")[2]).write_bytes(b"".join(content))
    (tmp_path / "secret").write_text(settings.SEAL_KEYS[0] if settings.SEAL_KEYS else settings.SECRET_KEY)
    return tmp_path


def check(folder, *options):
    """(exit status, lines) of the program."""
    command = [sys.executable, "-I", str(folder / "check_proof.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def change(folder, edit):
    proof = json.loads((folder / "proof.json").read_text())
    edit(proof)
    (folder / "proof.json").write_text(json.dumps(proof))


def test_an_unchanged_copy_has_no_problem_with_and_without_the_key(folder):
    proof = json.loads((folder / "proof.json").read_text())
    kinds = {record["kind"] for record in proof["records"]}
    assert kinds == {"treatmentsession", "assessment", "letter", "consent"}
    assert {entry["key_id"] for entry in proof["trail"]} == {current_key_id()}

    status, lines = check(folder)
    assert (status, lines[0][-18:], lines[1][:11]) == (0, "Problems found: 0.", "Not checked")
    assert check(folder, "--secret", str(folder / "secret")) == (0, lines[:1])


def test_what_was_changed_is_named(folder):
    (folder / "earlier.json").write_bytes((folder / "proof.json").read_bytes())

    def edit(proof):
        first = next(record for record in proof["records"] if record["kind"] == "treatmentsession")
        first["content"] = first["content"].replace("3", "4")
        del proof["trail"][2]
        proof["trail"][4]["content"] = proof["trail"][4]["content"].replace("2", "1")

    change(folder, edit)

    problems = check(folder)[1][:-2]
    assert [line.partition(": ")[2] for line in problems] == [
        "its content does not have its hash.",
        "the entry before it is missing.",
    ]
    with_key = check(folder, "--secret", str(folder / "secret"))
    assert with_key[0] == 1 and [line for line in with_key[1] if line.endswith("its content was changed.")]
    since = check(folder, "--earlier", str(folder / "earlier.json"))[1]
    # The removed entry, the one that was changed, and the session.
    assert len([line for line in since if line.endswith("not as in the earlier copy.")]) == 3


def test_a_record_sealed_again_has_another_hash_than_the_trail(folder):
    def edit(proof):
        record = proof["records"][0]
        record["content"] = "{}"
        record["hash"] = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

    change(folder, edit)

    status, lines = check(folder)
    assert status == 1 and lines[0].endswith("the audit trail has another hash for it.")
