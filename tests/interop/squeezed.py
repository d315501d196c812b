"""Compressed data no sender makes: bad streams, empty chunks, runs out of range, windows and files out of all proportion."""
import os, socket, zlib

from harness import add, wait_for
from hostile import Scene, drain, frame
from trees import T0
from wire import Peer, i32

ENTRY = bytes.fromhex("18056c2e747874000500") + b"\x65\x25\x7d\x93" + bytes.fromhex("a48100000000")
NONE = i32(0, 0, 0, 0)
FOUR = i32(4, 700, 2, 300)


def begin(d, method):
    """A push of one file, up to where its data is wanted."""
    p = Peer(d)
    p.enter("31.0 md5 md4", "m", ("--server", "-rlte.LsfxCIvu", f"--zc={method}", ".", "m/"), end="\0")
    p.send(b"\x03md5", frame(ENTRY))
    p.raw(2)
    p.raw(p.raw(1)[0])
    p.raw(4)
    p.take(1 + 2 + 16)
    return p


def begin_old(d):
    """The same at version 27, with `-z`."""
    p = Peer(d)
    p.enter("27", "m", ("--server", "-rltz", ".", "m/"))
    p.send(LIST)
    p.take(4 + 16)
    return p


def send_all(p, data):
    """Sends it, and nothing more; the daemon has to end the connection."""
    try:
        p.send(data)
        p.s.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    drain(p.s, data, False)


def chunks(data):
    return b"".join(bytes([0x40 | len(c) >> 8, len(c) & 255]) + c for c in (data[i:i + 16383] for i in range(0, len(data), 16383)))


def deflated(data):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return z.compress(data) + z.flush(zlib.Z_SYNC_FLUSH)[:-4]


def finished(data):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return z.compress(data) + z.flush()


def zstd(window, *blocks):
    """A frame that never ends; `window` is the log2 of its size."""
    return b"\x28\xb5\x2f\xfd\x00" + bytes([window - 10 << 3]) + b"".join(blocks)


def rle(size):
    return (size << 3 | 2).to_bytes(3, "little") + b"z"


# A reference to what stands 320 bytes before the data.
FAR = bytes.fromhex("a2249c0100")
REST = b"\0" + bytes(16)
BAD_DEFLATE, FINAL = "bad deflate data", "the deflate stream ends within a file"
RANGE, EMPTY, RUN, KIND = "block token out of range", "an empty chunk of compressed data", "a run of no blocks", "unknown kind of token"
# name: method, stream, head, what the log says
CASES = {
    **{f"garbage-{m}": (m, chunks(b"\xff" * 300) + REST, NONE, text)
       for m, text in (("zlib", BAD_DEFLATE), ("zlibx", BAD_DEFLATE), ("lz4", "bad LZ4 block"), ("zstd", "Unknown frame descriptor"))},
    **{f"cut-{m}": (m, b"\x7f\xff", NONE, "connection unexpectedly closed") for m in ("zlib", "zlibx", "lz4", "zstd")},
    **{f"empty-chunk-{m}": (m, b"\x40\x00" * 50 + REST, NONE, EMPTY if m in ("lz4", "zstd") else "") for m in ("zlib", "zlibx", "lz4", "zstd")},
    **{f"no-block-{m}": (m, b"\x80" + REST, NONE, RANGE) for m in ("zlib", "zlibx", "lz4", "zstd")},
    "deflate-final": ("zlibx", chunks(finished(b"hello")) + REST, NONE, FINAL),
    "deflate-no-sync": ("zlibx", chunks(finished(b"hello")[:-2]) + REST, NONE, ""),
    "deflate-far": ("zlibx", chunks(FAR) + REST, NONE, BAD_DEFLATE),
    "deflate-history": ("zlib", b"\x80" + chunks(FAR) + REST, FOUR, ""),
    "lz4-nothing": ("lz4", chunks(b"\0") + REST, NONE, "bad LZ4 block"),
    "lz4-far": ("lz4", chunks(b"\x1fa\xff\xff" + b"\xff" * 10 + b"\0") + REST, NONE, "bad LZ4 block"),
    "lz4-long": ("lz4", chunks(b"\x1fa\x01\x00" + b"\xff" * 9000 + b"\0") + REST, NONE, "bad LZ4 block"),
    "zstd-window": ("zstd", chunks(zstd(28, rle(9))) + REST, NONE, "Frame requires too much memory"),
    "zstd-window-most": ("zstd", chunks(zstd(41, rle(9))) + REST, NONE, "Frame requires too much memory"),
    "zstd-dictionary": ("zstd", chunks(b"\x28\xb5\x2f\xfd\x01\x58\x07" + rle(9)) + REST, NONE, ""),
    "zstd-reserved": ("zstd", chunks(zstd(21, b"\x06\0\0")) + REST, NONE, "Data corruption detected"),
    "run-of-none": ("zlibx", b"\xc0\0\0" + REST, FOUR, RUN),
    "run-too-long": ("zlibx", b"\xc0\x04\0" + REST, FOUR, RANGE),
    "run-longest": ("zlibx", b"\x21\x03\0\0\0\xff\xff" + REST, FOUR, RANGE),
    "run-overflow": ("zlibx", b"\x21\xfe\xff\xff\x7f\xff\xff" + REST, FOUR, RANGE),
    "long-negative": ("zlibx", b"\x20" + i32(-1) + REST, FOUR, RANGE),
    "relative-beyond": ("zlibx", b"\x83\x81" + REST, FOUR, RANGE),
    **{f"kind-{k:02x}": ("zlibx", bytes([k]) + bytes(7) + REST, FOUR, KIND) for k in (0x01, 0x1f, 0x22, 0x3f)},
}


def row(t, method, stream, head, text):
    scene = Scene(t)
    p = begin(scene.d, method)
    send_all(p, frame(b"\x01\x00\xa0" + head + stream))
    scene.after()
    if t.under_test == "ours":
        t.has(scene.d.log(), text)


for name, case in CASES.items():
    add("peers", f"squeezed-{name}", lambda t, c=case: row(t, *c))


def old_row(t, stream):
    scene = Scene(t)
    p = begin_old(scene.d)
    send_all(p, i32(1) + NONE + stream)
    scene.after()


LIST = bytes.fromhex("41010000002e00100000") + i32(T0) + bytes.fromhex("ed410000" "400100000066" "05000000") + i32(T0) + bytes.fromhex("a4810000" "00" "00000000")
add("peers", "squeezed-old-garbage", lambda t: old_row(t, chunks(b"\xff" * 300) + REST))
add("peers", "squeezed-old-plain-tokens", lambda t: old_row(t, i32(5) + b"hello" + i32(0) + bytes(16)))

SIZE = 96 << 20


def bomb(t, method, stream):
    """A few KiB that unpack to 96 MiB go to the disk in pieces: the worker stays small meanwhile."""
    scene = Scene(t)
    p = begin(scene.d, method)
    p.send(frame(b"\x01\x00\xa0" + NONE + stream))
    disk = t.dir + "/disk"

    def grown():
        return any(n.startswith(".l.txt") and os.stat(f"{disk}/{n}").st_size >= SIZE - (1 << 20) for n in os.listdir(disk))

    wait_for(grown, 60, "the file to grow")
    peak = 0
    for pid in scene.d.workers():
        with open(f"/proc/{pid}/status") as f:
            peak = max(peak, *(int(line.split()[1]) for line in f if line.startswith("VmHWM")))
    p.s.close()
    t.ok(0 < peak < 16 << 10, f"a worker took {peak} KiB")
    scene.after()


for method, stream in {"zlibx": chunks(deflated(bytes(SIZE))), "zlib": chunks(deflated(bytes(SIZE))),
                       "zstd": chunks(zstd(21, *[rle(1 << 17)] * (SIZE >> 17))), "lz4": chunks(b"\x1fz\x01\x00" + b"\xff" * 126 + b"\0" + b"\x50zzzzz") * (SIZE // 32_155 + 20)}.items():
    add("peers", f"squeezed-bomb-{method}", lambda t, m=method, s=stream: bomb(t, m, s), weight=2)
