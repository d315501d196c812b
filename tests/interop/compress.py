"""Compression: every method in both directions and at every version, on data that shrinks, that does not, and that matches."""
import os, re

from harness import Failure, Outcome, add, case
from trees import CI, T0, copy, difference, fixture, noise, put, settle_dirs, stamp, tree

METHODS = ("zlib", "zlibx", "lz4", "zstd")
PROTOCOLS = (27, 28, 29, 30, 31, 32)
TEXT = b"".join(b"line %d of a text that shrinks well, as logs and sources do; %x\n" % (i, i * i * 2654435761) for i in range(20_000))


def mixed(root):
    """All sizes around the limits of chunks and pieces, data of every kind, names with suffixes that are not compressed."""
    for size in (0, 1, 5, 699, 700, 701, 16_299, 16_300, 16_301, 16_383, 16_384, 32_767, 32_768, 32_769, 65_535, 65_536, 100_001):
        put(f"{root}/noise/{size}", noise(size, size), T0)
        put(f"{root}/text/{size}", TEXT[:size], T0)
        put(f"{root}/zeros/{size}", bytes(size), T0)
    for suffix in ("gz", "JPG", "zip", "txt"):
        put(f"{root}/packed/noise.{suffix}", noise(len(suffix), 50_000), T0)
        put(f"{root}/packed/text.{suffix}", TEXT[:500], T0)
    for i in range(60):
        put(f"{root}/small/f{i:02d}", b"small file %d\n" % i * (i % 7), T0 + i)
    settle_dirs(root)


def large(root):
    size = (2 if CI else 12) << 20
    put(f"{root}/text", (TEXT * (size // len(TEXT) + 1))[:size], T0)
    put(f"{root}/noise", noise(9, size), T0)
    put(f"{root}/zeros", bytes(3 * size), T0)
    settle_dirs(root)


def changed(then):
    """Files with a basis: changed at the front, in the middle, at the end, shifted, all matching, nothing matching."""
    def build(root):
        text, blob = TEXT[:700_000], noise(4, 700_000)
        for kind, data in (("text", text), ("blob", blob)):
            parts = {
                "front": b"put in front of it all " * 3 + data,
                "middle": data[:300_000] + b"changed in the middle" + data[300_021:],
                "end": data + TEXT[700_000:720_000],
                "cut": data[:123_457],
                "holes": b"".join(data[i:i + 9_000] + b"-- %d --" % i for i in range(0, 700_000, 10_000)),
                "same": data,
                "other": noise(8, 100_000),
                "turned": data[350_000:] + data[:350_000],
            }
            for name, now in parts.items():
                put(f"{root}/{kind}-{name}", data if then else now, T0 - 9 if then else T0)
        for i in range(30):
            data = TEXT[i * 1000:i * 1000 + 9_000]
            put(f"{root}/small/{i}", data if then else data[:4000] + b"x" * i + data[4000 + i:], T0 - 9 if then else T0)
        settle_dirs(root)
    return build


TREES = {
    "mixed": (lambda: fixture("z-mixed", mixed), None),
    "changed": (lambda: fixture("z-now", changed(False)), lambda: fixture("z-then", changed(True))),
    "large": (lambda: fixture("z-large", large), None),
}
# Numbers of --stats that are the same whoever serves.
STATS = ("Number of regular files transferred", "Total transferred file size", "Literal data", "Matched data")


def numbers(out):
    return {k: int(v.replace(",", "")) for k, v in re.findall(r"^(%s): ([\d,]+)" % "|".join(STATS), out, re.M)}


def traffic(r):
    sent, received = re.search(r"^sent ([\d,]+) bytes  received ([\d,]+) bytes", r.out, re.M).groups()
    return int(sent.replace(",", "")), int(received.replace(",", ""))


def transfer(t, target, direction, options, source, basis=None, env=None, **params):
    """One run against one daemon; what arrives is held against the source."""
    dst = t.make(target, "dst")
    if basis:
        copy(basis, dst)
    d = t.serve(source if direction == "pull" else dst, target, **params)
    ends = [d.url("m/"), dst + "/"] if direction == "pull" else [source + "/", d.url("m/")]
    r = t.rsync("-a", "--no-W", "--stats", *options, *ends, env=env)
    why = difference(tree(source, ns=False), tree(dst, ns=False))
    if why:
        raise Failure(f"source and destination differ: {why}\n{r}")
    return r, dst


def run(t, direction, kind, options):
    build, basis = TREES[kind]
    source, basis, seen = build(), basis and basis(), {}

    def one(target):
        r, dst = transfer(t, target, direction, options, source, basis)
        seen[target] = numbers(r.out), traffic(r)
        t.eq(sorted(seen[target][0]), sorted(STATS), "numbers of --stats")
        return Outcome(r, dst, ns=False)

    t.each(one)
    if len(seen) == 2:
        (stock, (_, stock_in)), (ours, (_, ours_in)) = seen["stock"], seen["ours"]
        t.eq(ours, stock, "numbers of --stats")
        # What we send is about as small as what stock sends.
        t.ok(direction == "push" or ours_in < stock_in * 1.15 + 20_000, f"received {ours_in} bytes, from stock {stock_in}")


def row(name, *what, **marks):
    add("compress", name, lambda t: run(t, *what), **marks)


for direction in ("push", "pull"):
    for protocol in PROTOCOLS:
        version = f"--protocol={protocol}"
        for kind in ("mixed", "changed"):
            row(f"{direction}-p{protocol}-{kind}-z", direction, kind, ["-z", version], edge=protocol in (27, 32))
            for method in METHODS:
                if protocol >= 30 or method in ("zlib", "zlibx"):
                    row(f"{direction}-p{protocol}-{kind}-{method}", direction, kind, [f"--zc={method}", version], edge=protocol == 31)
    for method in METHODS:
        for level in {"zlib": (0, 1, 9), "zlibx": (0, 1, 9), "lz4": (0, 5), "zstd": (-50, 1, 9, 19, 22)}[method]:
            row(f"{direction}-{method}-level-{level}", direction, "changed", [f"--zc={method}", f"--zl={level}"])
        row(f"{direction}-{method}-large", direction, "large", [f"--zc={method}"], weight=3)
        row(f"{direction}-{method}-inplace", direction, "changed", [f"--zc={method}", "--inplace"])
        # One block of more than 65535 bytes enters the history in pieces, in another way before protocol 31.
        for protocol in (29, 30, 31):
            if protocol >= 30 or method == "zlib":
                row(f"{direction}-{method}-long-blocks-p{protocol}", direction, "changed", [f"--zc={method}", "-B100000", f"--protocol={protocol}"])
    for name, options in {"zz": ["-zz"], "new": ["--new-compress"], "old": ["--old-compress"], "level-alone": ["--zl=4"], "z-none": ["-z", "--zc=none"],
                          "auto": ["-z", "--zc=auto"], "threads": ["-z", "--zt=4"], "no": ["-z", "--no-z"], "skip": ["-z", "--skip-compress=txt/[gz]"],
                          "off-in-the-end": ["--zl=0", "--zc=zlib"], "verbose": ["-zv", "--debug=nstr"]}.items():
        row(f"{direction}-choice-{name}", direction, "mixed", options)


@case("compress", "order-of-the-client", edge=True)
def order(t):
    """A client that prefers another method gets it, whatever the server likes best."""
    for wanted in METHODS:
        listed = f"{wanted} " + " ".join(m for m in METHODS[::-1] if m != wanted)
        for direction in ("push", "pull"):
            dst = t.make(wanted, direction)
            source = fixture("z-mixed", mixed)
            d = t.serve(source if direction == "pull" else dst, daemon={"stem": wanted + direction})
            ends = [d.url("m/"), dst + "/"] if direction == "pull" else [source + "/", d.url("m/")]
            if t.under_test == "stock" and wanted != "zstd":
                continue
            r = t.rsync("-az", "--debug=nstr", *ends, env={"RSYNC_COMPRESS_LIST": listed})
            t.has(r.out, f"Client negotiated compress: {wanted}")
            t.eq(difference(tree(source), tree(dst)), "", "trees")


@case("compress", "nothing-in-common", edge=True)
def nothing_in_common(t):
    """No method in common ends with exit code 4 on both sides."""
    def one(target):
        d, dst = t.serve(fixture("z-mixed", mixed), target), t.make(target, "dst")
        r = t.rsync("-az", d.url("m/"), dst + "/", rc=4, env={"RSYNC_COMPRESS_LIST": "brotli"})
        d.settle()
        t.ok("(code 4)" in d.log(), d.log())
        return Outcome(r, dst)
    t.each(one)


@case("compress", "unknown-name")
def unknown_name(t):
    """A name that the server does not know ends the session with its text in the log."""
    for direction in ("push", "pull"):
        d, dst = t.serve(t.make("src"), daemon={"stem": direction}), t.make("dst")
        ends = [d.url("m/"), dst + "/"] if direction == "pull" else [dst + "/", d.url("m/")]
        t.rsync("-a", "-M--zc=brotli", *ends, rc=(4, 12))
        d.settle()
        t.has(d.log(), "unknown compress name: brotli")
        t.has(d.log(), "(code 4)")


REFUSED = {"z": ["-z"], "level": ["--zl=3"], "choice": ["--zc=lz4"], "new": ["-zz"], "old": ["--old-compress"]}
for name, options in REFUSED.items():
    def refused(t, options=options):
        """`refuse options = compress` reaches every way to ask for it."""
        for target in t.targets:
            d, dst = t.serve(fixture("z-mixed", mixed), target, refuse_options="compress"), t.make(target, "dst")
            # Stock's last word may be lost in a reset of its own.
            r = t.rsync("-a", *options, d.url("m/"), dst + "/", rc=4 if target == "ours" else (4, 10, 12))
            t.has(r.err, "The server is configured to refuse --compress (-z)")
            t.eq(os.listdir(dst), [], "names")
    add("compress", f"refused-{name}", refused)


@case("compress", "dont-compress", edge=True)
def dont_compress(t):
    """`dont compress = *` sends everything as it is; a suffix of the default list is stored by deflate; an empty list compresses all."""
    source = t.make("src")
    put(source + "/a.gz", TEXT, T0)
    settle_dirs(source)
    seen = {}
    for name, params in {"all": {"dont_compress": "*"}, "default": {}, "none": {"dont_compress": ""}, "other": {"dont_compress": "*.zip *.G?"}}.items():
        for method in METHODS:
            dst = t.make(name, method)
            d = t.serve(source, daemon={"stem": f"{name}-{method}"}, **params)
            r = t.rsync("-av", f"--zc={method}", d.url("m/"), dst + "/")
            t.eq(difference(tree(source), tree(dst)), "", "trees")
            seen[name, method] = traffic(r)[1]
    for method in ("zlib", "zlibx"):
        t.ok(seen["all", method] > len(TEXT), seen)
        t.ok(seen["none", method] < len(TEXT) // 2, seen)
        t.ok(t.under_test == "stock" or seen["default", method] > len(TEXT) and seen["other", method] > len(TEXT), seen)
    # The manual page promises this for every method; stock keeps it for deflate only.
    t.ok(t.under_test == "stock" or seen["none", "zstd"] * 1.2 < seen["all", "zstd"], seen)
    t.ok(t.under_test == "stock" or seen["default", "zstd"] == seen["none", "zstd"], seen)


@case("compress", "skip-compress", ours="stock has no method that can change its level within a session")
def skip_compress(t):
    """The client's suffixes are added to the module's."""
    source = t.make("src")
    put(source + "/a.txt", TEXT, T0)
    settle_dirs(source)
    d = t.serve(source)
    sizes = []
    for i, more in enumerate(([], ["--skip-compress=gz/TX[st]"])):
        r = t.rsync("-av", "--zc=zlibx", *more, d.url("m/"), t.make(f"dst{i}") + "/")
        sizes.append(traffic(r)[1])
    t.ok(sizes[0] < len(TEXT) // 2 and sizes[1] > len(TEXT), sizes)


def discarded(t, method):
    """A file whose data has nowhere to go is read past; what follows it arrives."""
    source = t.make("src")
    for i in range(6):
        put(f"{source}/{'shut' if i in (1, 3) else 'open'}/f{i}", TEXT[i * 999:200_000], T0)
    put(f"{source}/shut/g", TEXT[:150_000] + b"new" + TEXT[150_000:300_000], T0)
    settle_dirs(source)

    def one(target):
        dst = t.make(target, "dst")
        put(f"{dst}/shut/g", TEXT[:300_000], T0 - 9)
        os.makedirs(f"{dst}/open")
        os.chown(f"{dst}/open", 65534, 65534)
        settle_dirs(dst)
        d = t.serve(dst, target, uid="65534", gid="65534")
        r = t.rsync("-r", "--no-W", f"--zc={method}", source + "/", d.url("m/"), rc=23)
        t.eq(sorted(os.listdir(f"{dst}/open")), ["f0", "f2", "f4", "f5"], "names")
        for name in os.listdir(f"{dst}/open"):
            t.eq(open(f"{dst}/open/{name}", "rb").read(), open(f"{source}/open/{name}", "rb").read(), name)
        t.eq(os.listdir(f"{dst}/shut"), ["g"], "names")
        r.err = re.sub(r"(mkstemp \"[^ ]*)\.\w{6}\"", r"\1\"", r.err)
        return Outcome(r, dst, times=False)
    # Stock's receiver breaks off here with zlib: it misses the matched blocks in the history of what it drops.
    if method == "zlib" and t.under_test == "ours":
        one("ours")
    elif method != "zlib":
        t.each(one)


for method in METHODS:
    add("compress", f"discarded-{method}", lambda t, m=method: discarded(t, m), root="a directory that cannot be written")
