"""Compression: methods, levels, what is skipped, what the two agree on, as a table."""
import os

from optable import scenery, table
from trees import T0, noise, put, settle_dirs

TEXT = b"".join(b"%d a line of text that packs well\n" % (i * i % 977) for i in range(12_000))


@scenery("packs")
def packs(root):
    """Text, noise, zeros, files of names that are skipped, sizes about the compressors' windows."""
    put(root + "/text", TEXT, T0)
    put(root + "/noise.bin", noise(90, 200_000), T0)
    put(root + "/zeros", bytes(500_000), T0)
    put(root + "/mixed", noise(91, 40_000) + TEXT[:100_000] + noise(92, 40_000) + bytes(70_000), T0)
    for name in ("photo.jpg", "archive.tar.gz", "film.MP4", "a.zip", "song.ogg", "page.html", "data.xyz"):
        put(os.path.join(root, "named", name), TEXT[:30_000] + noise(93, 3000), T0)
    for size in (0, 1, 15, 16, 32_767, 32_768, 32_769, 65_535, 65_536, 131_072, 262_145):
        put(os.path.join(root, "sizes", str(size)), TEXT[:size], T0)
    settle_dirs(root)


@scenery("packs-before")
def packs_before(root):
    """Older versions: blocks in common between new text and noise."""
    put(root + "/text", TEXT[:50_000] + b"changed" * 100 + TEXT[52_000:], T0 - 9)
    put(root + "/noise.bin", noise(90, 200_000)[:90_000] + b"x" * 9000 + noise(90, 200_000)[99_000:], T0 - 9)
    put(root + "/zeros", bytes(300_000) + b"1", T0 - 9)
    put(root + "/mixed", TEXT[:100_000] + noise(91, 40_000), T0 - 9)
    for size in (32_768, 65_536, 262_145):
        put(os.path.join(root, "sizes", str(size)), b"front" + TEXT[:size], T0 - 9)
    put(root + "/named/page.html", TEXT[5:30_000], T0 - 9)
    settle_dirs(root, T0 - 60)


over = {"to": "packs-before"}
METHODS = ("zlib", "zlibx", "lz4", "zstd", "none")
ROWS = [("z", "-aiiz --stats", "packs", {"protocols": (27, 28, 29, 30, 31, 32), "edge": True}),
        ("z-over", "-aiiz --stats", "packs", {**over, "protocols": (27, 28, 29, 30, 31, 32)}),
        ("z-whole", "-aiizW --stats", "packs", {**over, "protocols": (29, 32)}),
        ("z-old", "-aiiz --old-compress --stats", "packs", {**over, "protocols": (29, 31, 32)}),
        ("z-new", "-aiiz --new-compress --stats", "packs", {**over, "protocols": (30, 31, 32)}),
        ("zz", "-aiizz --stats", "packs", {**over, "rc": None}),
        ("no-z", "-aiiz --no-z --stats", "packs", over)]
for method in METHODS:
    ROWS += [(method, f"-aii --compress-choice={method} --stats", "packs", {"protocols": (30, 31, 32)}),
             (f"{method}-over", f"-aii --zc={method} --stats", "packs", {**over, "protocols": (29, 30, 31, 32), "rc": None}),
             (f"{method}-small-blocks", f"-aii --zc={method} -B700 --stats", "packs", over),
             (f"{method}-append", f"-aii --zc={method} --append --stats", "blobs", {"to": "blobs-cut"}),
             (f"{method}-inplace", f"-aii --zc={method} --inplace --stats", "packs", over)]
for method, levels in {"zlib": (0, 1, 6, 9), "zlibx": (1, 9), "lz4": (0, 12), "zstd": (-5, 1, 3, 19, 22)}.items():
    ROWS += [(f"{method}-level-{level}", f"-aii --zc={method} --compress-level={level} --stats", "packs", over) for level in levels]
ROWS += [
    ("level", "-aiiz --zl=9 --stats", "packs", {**over, "protocols": (29, 32)}),
    ("level-zero", "-aiiz --zl=0 --stats", "packs", over),
    ("level-without-z", "-aii --compress-level=5 --stats", "packs", over),
    ("threads", "-aii --zc=zstd --compress-threads=2", "packs", {**over, "rc": None}),
    ("skip", "-aiiz --skip-compress=xyz/html --stats", "packs", {**over, "protocols": (29, 32)}),
    ("skip-class", "-aiiz --skip-compress=mp[34]/[jz]* --stats", "packs", over),
    ("skip-nothing", "-aiiz --skip-compress= --stats", "packs", over),
    ("dont-compress", "-aiiz --stats", "packs", {**over, "conf": {"dont_compress": "*.html *.xyz"}, "protocols": (29, 32)}),
    ("dont-compress-anything", "-aiiz --stats", "packs", {**over, "conf": {"dont_compress": "*"}}),
    ("refused", "-aiiz", "packs", {"conf": {"refuse_options": "compress"}, "rc": None}),
    ("refused-choice", "-aii --zc=zstd", "packs", {"conf": {"refuse_options": "compress*"}, "rc": None}),
    ("unknown", "-aii --zc=brotli", "packs", {"rc": None}),
    ("env", "-aiiz --debug=nstr1", "packs", {**over, "env": {"RSYNC_COMPRESS_LIST": "lz4 zlib"}}),
    ("env-none", "-aiiz", "packs", {"env": {"RSYNC_COMPRESS_LIST": "zlibx"}}),
    ("verbose", "-avvz", "packs", over),
    ("told", "-aiiz --debug=nstr1", "packs", over),
    ("sparse", "-aiizS --stats", "packs", over),
    ("checksum", "-aiizc --stats", "packs", over),
    ("verify", "-aiiz --append-verify --stats", "blobs", {"to": "blobs-cut-bad", "protocols": (29, 32)}),
]
table("optable_compress", ROWS)
