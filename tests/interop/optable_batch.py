"""Batches written while talking to a daemon, and what playing them gives."""
from harness import Outcome, add
from optable import BOTH, planted, table
from trees import copy, difference, tree

BATCHES = [
    ("write-batch", "-aii --write-batch=kept", "general", {"to": "older", "protocols": (29, 30, 32), "dry": False}),
    ("only-write-batch", "-aii --only-write-batch=kept", "general", {"to": "older", "protocols": (29, 30, 32), "dry": False, "edge": True}),
    ("only-write-batch-whole", "-aiiW --only-write-batch=kept", "general", {"to": "older", "dry": False}),
    ("only-write-batch-delete", "-aii --delete --only-write-batch=kept", "general", {"to": "extra", "dry": False}),
    ("only-write-batch-compress", "-aiiz --only-write-batch=kept", "general", {"to": "older", "dry": False}),
    ("only-write-batch-filter", "-aii --delete --exclude='*.o' --only-write-batch=kept", "general", {"to": "extra", "dry": False}),
    ("write-batch-compress", "-aiizX --write-batch=kept", "general", {"to": "older", "dry": False}),
    ("write-batch-hard-links", "-aiiH --write-batch=kept", "hardlinks", {"to": "hardlinks-before", "dry": False}),
]
table("optable_batch", BATCHES, unsteady=("cli/kept",))


def replay(t, role, protocol, options):
    """What a batch holds, played onto a copy of the old destination, gives the source; whichever daemon it was written with."""
    src, protocol, whole = planted("general"), f"--protocol={protocol}", {"ns": protocol >= 31}

    def one(target):
        dst, copied = copy(planted("extra"), t.make(target, "dst")), copy(planted("extra"), t.make(target, "copied"))
        d = t.serve(src if role == "pull" else dst, target)
        ends = [src + "/", d.url("m/")] if role == "push" else [d.url("m/"), dst + "/"]
        batch = t.path(target, "batch")
        t.rsync("-ai", "--delete", protocol, *options, f"--only-write-batch={batch}", *ends)
        t.eq(difference(tree(planted("extra")), tree(dst)), "", f"{target}: what --only-write-batch changed at the destination")
        r = t.rsync("-ai", "--delete", protocol, *options, f"--read-batch={batch}", copied + "/")
        t.eq(difference(tree(src, **whole), tree(copied, **whole)), "", f"{target}: the batch, played")
        return Outcome(r, copied)

    t.each(one)


def replay_row(role, protocol, name, options):
    add("optable_batch", f"{role}-replay-{name}-p{protocol}", lambda t: replay(t, role, protocol, options), edge=protocol == 32 and name == "delta")


for role in BOTH:
    for protocol in (29, 30, 32):
        for name, options in (("delta", ["--no-W"]), ("whole", ["-W"]), ("compressed", ["-z", "--no-W"])):
            replay_row(role, protocol, name, options)
