"""A peer that speaks the protocol by hand: MD4, frames, integers, the text phase."""
import socket, struct

from harness import Failure

DONE = b"\xff\xff\xff\xff"


def md4(data):
    """The digest, for peers whose sums are MD4; libraries no longer carry it."""
    def turn(x, n):
        x &= 0xFFFFFFFF
        return (x << n | x >> 32 - n) & 0xFFFFFFFF
    length = len(data)
    data += b"\x80" + bytes((55 - length) % 64) + struct.pack("<Q", length * 8)
    a, b, c, d = 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476
    second = [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]
    third = [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15]
    for at in range(0, len(data), 64):
        x = struct.unpack("<16I", data[at:at + 64])
        was = a, b, c, d
        for i in range(16):
            a, b, c, d = d, turn(a + (b & c | ~b & d) + x[i], (3, 7, 11, 19)[i % 4]), b, c
        for i in range(16):
            a, b, c, d = d, turn(a + (b & c | b & d | c & d) + x[second[i]] + 0x5A827999, (3, 5, 9, 13)[i % 4]), b, c
        for i in range(16):
            a, b, c, d = d, turn(a + (b ^ c ^ d) + x[third[i]] + 0x6ED9EBA1, (3, 9, 11, 15)[i % 4]), b, c
        a, b, c, d = ((p + q) & 0xFFFFFFFF for p, q in zip((a, b, c, d), was))
    return struct.pack("<4I", a, b, c, d)


assert md4(b"abc").hex() == "a448017aaf21d8525fc10ae87aa6729d"


def i32(*values):
    return b"".join(struct.pack("<I", v & 0xFFFFFFFF) for v in values)


class Peer:
    """One connection; `frames` collects (tag, bytes) once the server's side is multiplexed."""
    def __init__(self, daemon, timeout=10):
        self.s = daemon.connect(timeout)
        self.buffer, self.frames, self.data, self.framed = b"", [], b"", False

    def send(self, *parts):
        for part in parts:
            self.s.sendall(part)
        return self

    def raw(self, n):
        while len(self.buffer) < n:
            got = self.s.recv(65536)
            if not got:
                raise Failure(f"the daemon closed; {n} bytes were awaited, {self.buffer[:200]!r} came; frames so far {self.frames[-3:]}")
            self.buffer += got
        head, self.buffer = self.buffer[:n], self.buffer[n:]
        return head

    def line(self):
        out = b""
        while not out.endswith(b"\n"):
            out += self.raw(1)
        return out.decode("latin-1").rstrip("\n")

    def frame(self):
        """Reads one frame: (tag, payload); data is collected."""
        head = struct.unpack("<I", self.raw(4))[0]
        tag, payload = (head >> 24) - 7, self.raw(head & 0xFFFFFF)
        self.frames.append((tag, payload))
        if tag == 0:
            self.data += payload
        return tag, payload

    def take(self, n):
        """n bytes of the server's multiplexed data."""
        while len(self.data) < n:
            self.frame()
        head, self.data = self.data[:n], self.data[n:]
        return head

    def want(self, expected, what):
        got = self.take(len(expected))
        if got != expected:
            raise Failure(f"{what}: got {got.hex()}, wanted {expected.hex()}")

    def rest(self):
        """Everything up to the end of the connection; a reset counts as one."""
        out = self.buffer
        self.buffer = b""
        try:
            while got := self.s.recv(65536):
                out += got
        except ConnectionResetError:
            pass
        return out

    def ended(self):
        """Reads frames until the server closes."""
        data = self.rest()
        while len(data) >= 4:
            head = struct.unpack("<I", data[:4])[0]
            self.frames.append(((head >> 24) - 7, data[4:4 + (head & 0xFFFFFF)]))
            data = data[4 + (head & 0xFFFFFF):]
        return self.frames

    def texts(self):
        return "".join(p.decode("latin-1") for tag, p in self.frames if tag != 0)

    def enter(self, version, module, args, end="\n"):
        """Greeting, module, arguments; up to the seed for versions below 30. Returns the seed's four bytes."""
        self.send(f"@RSYNCD: {version}\n".encode(), f"{module}\n".encode())
        greeting = self.line()
        if not greeting.startswith("@RSYNCD: "):
            raise Failure(f"greeting: {greeting!r}")
        answer = self.line()
        if answer != "@RSYNCD: OK":
            raise Failure(f"answer to the module name: {answer!r}")
        self.send(*(a.encode() + end.encode() for a in args), end.encode())
        if end == "\n":
            self.seed = self.raw(4)
            return self.seed

    def reset(self):
        """Closes with RST, as a process that dies with unread data does."""
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.s.close()
