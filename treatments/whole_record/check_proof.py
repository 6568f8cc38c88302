"""Check proof.json, which is beside this file, without the program that made it. Needs only Python 3.10 or newer.

    python3 check_proof.py                            what can be checked without a key
    python3 check_proof.py --earlier OLD/proof.json   also that nothing of an earlier copy was changed or removed
    python3 check_proof.py --secret FILE              also every entry of the trail; only the clinic has the secret

Lists every problem and ends with status 1 if there is any.
"""

import argparse
import hmac
import json
import sys
from hashlib import sha256
from pathlib import Path


def problems_of_records(proof):
    """A sealed record must have its hash, and the audit trail must name the same hash for it."""
    in_trail = {}
    for entry in proof["trail"]:
        content = dict(zip(proof["content"], json.loads(entry["content"]), strict=True))
        signed = content["changes"].get("content_hash")
        if signed:
            in_trail.setdefault((content["record_type"], content["record_id"]), set()).add(signed[1])
    for record in proof["records"]:
        name = f"{record['kind']} {record['id']}"
        if sha256(record["content"].encode()).hexdigest() != record["hash"]:
            yield f"{name}: its content does not have its hash."
        found = in_trail.get((record["kind"], record["id"]))
        if found is None:
            yield f"{name}: no entry of the audit trail has its hash."
        elif record["hash"] not in found:
            yield f"{name}: the audit trail has another hash for it."


def problems_of_trail(proof, secret=None):
    """Each entry must follow the one before it. Its own hash can be checked only with its key."""
    keys = {}
    if secret is not None:
        key = hmac.new(b"filiform.seal", secret.encode(), sha256).digest()
        keys[sha256(b"filiform.seal" + key).hexdigest()[:8]] = key
    chain, number, last = None, 0, ""
    for entry in proof["trail"]:
        if entry["chain"] != chain:
            chain, number, last = entry["chain"], 0, ""
        name = f"{chain}, entry {entry['number']}"
        if entry["number"] != number + 1:
            yield f"{name}: the entry before it is missing."
        elif entry["previous_hash"] != last:
            yield f"{name}: it does not follow the entry before it."
        sealed = entry["content"]
        if entry["key_id"] in keys:
            sealed = hmac.new(keys[entry["key_id"]], sealed.encode(), sha256).hexdigest()
        if not entry["key_id"] or entry["key_id"] in keys:
            text = f"{sealed}\n{entry['number']}\n{entry['previous_hash']}"
            if sha256(text.encode()).hexdigest() != entry["hash"]:
                yield f"{name}: its content was changed."
        number, last = entry["number"], entry["hash"]


def problems_since(proof, earlier):
    """Everything of an earlier copy must still be there."""
    trail = {(entry["chain"], entry["number"]): entry for entry in proof["trail"]}
    for entry in earlier["trail"]:
        if trail.get((entry["chain"], entry["number"])) != entry:
            yield f"{entry['chain']}, entry {entry['number']}: it is not as in the earlier copy."
    records = {(record["kind"], record["id"]): record for record in proof["records"]}
    for record in earlier["records"]:
        if records.get((record["kind"], record["id"])) != record:
            yield f"{record['kind']} {record['id']}: it is not as in the earlier copy."


def main():
    """Check the proof, write every problem and exit with status 1 if there is any."""
    parser = argparse.ArgumentParser(description="Check proof.json, which is beside this file.")
    parser.add_argument("--secret", type=Path, help="a file with the secret of SEAL_KEYS")
    parser.add_argument("--earlier", type=Path, help="proof.json of an earlier copy")
    asked = parser.parse_args()
    proof = json.loads((Path(__file__).parent / "proof.json").read_text(encoding="utf-8"))
    secret = asked.secret and asked.secret.read_text(encoding="utf-8").strip()
    found = [*problems_of_records(proof), *problems_of_trail(proof, secret)]
    if asked.earlier:
        found += problems_since(proof, json.loads(asked.earlier.read_text(encoding="utf-8")))
    counts = f"{len(proof['records'])} sealed records, {len(proof['trail'])} entries"
    lines = [*found, f"{counts}. Problems found: {len(found)}."]
    if secret is None:
        lines.append(
            "Not checked, because it needs the clinic's key: that the content of an entry belongs to its hash."
        )
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
