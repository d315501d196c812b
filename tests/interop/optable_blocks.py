"""Sizes of blocks, choice and seed of checksums, files sent whole, as a table."""
from optable import table

SUMS = ("md4", "md5", "sha1", "xxh64", "xxh3", "xxh128", "none")
BLOCKS = [(f"block-{size}", f"-aii -B{size} --stats", "blobs", {"to": "blobs-changed", "protocols": (29, 30, 32) if size in (1, 700, 131_072) else (32,)})
          for size in (1, 64, 511, 700, 701, 1024, 4096, 65_536, 131_072)]
BLOCKS += [
    ("block-too-big", "-aii -B1000000 --stats", "blobs", {"to": "blobs-changed", "rc": None, "protocols": (29, 32)}),
    ("block-old-big", "-aii -B300000 --stats", "blobs", {"to": "blobs-changed", "protocols": (29,), "rc": None}),
    ("block-k", "-aii --block-size=2K --stats", "blobs", {"to": "blobs-moved"}),
    ("block-fuzzy", "-aiiy -B500 --stats", "fuzzy-now", {"to": "fuzzy-then"}),
    ("whole", "-aiiW --stats", "blobs", {"to": "blobs-changed", "protocols": (29, 32)}),
    ("no-whole", "-aii --no-W --stats", "blobs", {"to": "blobs-moved", "protocols": (27, 29, 30, 32)}),
    ("seed", "-aii --checksum-seed=123 --stats", "blobs", {"to": "blobs-changed", "protocols": (27, 29, 30, 32)}),
    ("seed-checksum", "-aiic --checksum-seed=123 --stats", "general", {"to": "newer", "protocols": (27, 29, 30, 32)}),
    ("seed-random", "-aii --checksum-seed=0 --stats", "blobs", {"to": "blobs-changed"}),
    ("checksum", "-aiic --stats", "general", {"to": "newer", "protocols": (27, 28, 29, 30, 31, 32)}),
    ("checksum-same", "-aiic", "general", {"to": "times-differ"}),
    ("checksum-no-times", "-rlpiic", "general", {"to": "newer"}),
    ("checksum-delete", "-aiic --delete", "general", {"to": "extra"}),
    ("checksum-hard-links", "-aiicH", "hardlinks", {"to": "hardlinks-before"}),
    ("auto", "-aiic --checksum-choice=auto", "general", {"to": "newer"}),
    ("told", "-aiic --debug=nstr1", "general", {"to": "newer"}),
    ("env", "-aiic --debug=nstr1", "general", {"to": "newer", "env": {"RSYNC_CHECKSUM_LIST": "xxh64 md4"}}),
    ("env-unknown", "-aiic", "general", {"to": "newer", "env": {"RSYNC_CHECKSUM_LIST": "blake9"}, "rc": None}),
    ("refused", "-aiic", "general", {"conf": {"refuse_options": "checksum"}, "rc": None}),
    ("size-only", "-aii --size-only", "general", {"to": "newer"}),
    ("ignore-times", "-aiiI --stats", "general", {"to": "general", "protocols": (29, 32)}),
]
for name in SUMS:
    BLOCKS.append((f"sum-{name}", f"-aii --checksum-choice={name} --stats", "blobs", {"to": "blobs-changed", "rc": None, "protocols": (29, 30, 32)}))
    if name != "none":
        BLOCKS.append((f"sum-c-{name}", f"-aiic --cc={name}", "general", {"to": "newer", "protocols": (30, 32)}))
for first, second in (("md5", "xxh64"), ("xxh3", "md4"), ("none", "md5"), ("sha1", "none"), ("xxh128", "sha1"), ("md4", "auto")):
    BLOCKS.append((f"sums-{first}-{second}", f"-aii{'' if second == 'none' else 'c'} --cc={first},{second} --stats", "blobs", {"to": "blobs-changed", "rc": None}))
table("optable_blocks", BLOCKS)
