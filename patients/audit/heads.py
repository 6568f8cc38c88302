"""The last entry of every chain, in a file outside the database. A later check then finds entries that were removed.

The chains themselves cannot show that their last entries, or whole chains, are missing, or that the database is an
older copy.
"""

import json

from patients.integrity.keys import current_key_id, is_known, keyed
from patients.integrity.portions import portions
from patients.integrity.seal import canonical
from patients.models import TrailEntry

ROWS_AT_ONCE = 5000
CHAINS_AT_ONCE = 500


def write_heads(path, *, at):
    """Write the last entry of every chain to the file `path`, with a keyed hash. `at` is the time now.

    The file is replaced in one step, so it is never half written.
    """
    chains = {}
    rows = TrailEntry.objects.order_by("chain", "number").values_list("chain", "number", "hash")
    for chain, number, hash in rows.iterator(chunk_size=ROWS_AT_ONCE):
        chains[chain] = [number, hash]
    content = {"at": at.isoformat(), "key_id": current_key_id(), "chains": chains}
    new = path.with_name(f"{path.name}.new")
    new.write_text(json.dumps(content | {"mac": keyed(canonical(content), content["key_id"])}))
    new.replace(path)


def removed_entries(path):
    """Yield a sentence for each chain that no longer has the entry that `write_heads` wrote to the file `path`.

    Yields one sentence and nothing else if the file itself cannot be trusted.
    """
    try:
        content = json.loads(path.read_text())
        mac, key_id, chains = content.pop("mac"), content["key_id"], content["chains"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        yield f"The file {path} cannot be read: {error}."
        return
    if not is_known(key_id):
        yield f"The file {path} was written with the key {key_id}, which the settings lack."
        return
    if keyed(canonical(content), key_id) != mac:
        yield f"The file {path} was changed."
        return
    for some in portions(list(chains), CHAINS_AT_ONCE):
        stored = TrailEntry.objects.filter(chain__in=some, hash__in=[chains[name][1] for name in some])
        found = set(stored.values_list("chain", "number", "hash"))
        for name in some:
            number, hash = chains[name]
            if (name, number, hash) not in found:
                yield f"{name}: entry {number} of {content['at']} is no longer there, or has other content."
