"""Runs the rows: each in a process of its own, two at a time, within a budget."""
import argparse, importlib, json, os, random, shlex, shutil, signal, subprocess, sys, tempfile, time, traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
JOBS = {"main": ["matrix", "deletes", "story", "kills"], "config-job": ["daemon", "auth", "check", "errors", "peers", "kernels", "parameters", "durable"],
        "options-job": ["options", "attributes", "filters", "compress", "choosing", "talk"],
        "tables-job": ["optable_basis", "optable_cuts", "optable_attributes", "optable_choosing", "optable_compress", "optable_blocks", "optable_crossed",
                       "optable_talk", "optable_batch", "pairs"],
        "shell-job": ["shell"]}
PARTS = [p for parts in JOBS.values() for p in parts]
MODULES = [*(p for p in PARTS if p not in ("kernels", "check")), "checks", "extremes", "oldkernel", "options2", "captures", "hostile", "squeezed", "background", "onoff", "configurations"]
WORKERS = 2
ROW_SECONDS = 240


def arguments():
    a = argparse.ArgumentParser(prog="tests/run", description="Interop rows against a live daemon.")
    a.add_argument("--part", action="append", default=[], help=f"one of {', '.join([*PARTS, *JOBS])}; may be repeated")
    a.add_argument("-k", metavar="SUBSTRING", default="", help="only rows whose name contains this")
    a.add_argument("--row", metavar="NAME", default="", help="only the row of this name")
    a.add_argument("--rows", metavar="FILE", default="", help="only the rows that this file names, one a line; # starts a comment")
    a.add_argument("--list", action="store_true", help="print the rows and stop")
    a.add_argument("--budget", type=float, metavar="SECONDS", default=0, help="start no new row (but edges) after this time")
    a.add_argument("--seed", default="", help="what the random choices hang on; default: the commit")
    a.add_argument("--ci", action="store_true", help="smaller data, edges first, a seeded order for the rest")
    a.add_argument("--keep", action="store_true", help="leave the directories of failing rows")
    a.add_argument("--times", action="store_true", help="print the slowest rows at the end")
    return a.parse_args()


def commit_seed():
    r = subprocess.run(["git", "-C", HERE, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True)
    return r.stdout.strip() or "0"


def base_directory():
    """A directory on memory when there is room, else below /tmp."""
    try:
        if shutil.disk_usage("/dev/shm").free > 3 << 30:
            return tempfile.mkdtemp(prefix="interop.", dir="/dev/shm")
    except OSError:
        pass
    return tempfile.mkdtemp(prefix="interop.", dir="/tmp")


def select(a, rows):
    wanted = []
    for part in a.part:
        wanted += JOBS.get(part, [part])
    unknown = [p for p in wanted if p not in PARTS]
    if unknown:
        sys.exit(f"tests/run: no part is called {unknown[0]}; there are {', '.join([*PARTS, *JOBS])}")
    if a.rows:
        rows = named(a.rows, rows)
    rows = [r for r in rows if (not wanted or r.part in wanted) and a.k in r.name and (not a.row or r.name == a.row)]
    if not rows:
        sys.exit("tests/run: no row matches")
    if a.ci or a.budget:
        random.Random(a.seed).shuffle(rows)
        rows.sort(key=lambda r: not r.edge)
    return rows


def named(path, rows):
    """The rows that a file names; every name in it has to be one."""
    with open(path) as f:
        names = [line.split("#")[0].strip() for line in f]
    by_name = {r.name: r for r in rows}
    unknown = [n for n in names if n and n not in by_name]
    if unknown:
        sys.exit(f"tests/run: {path} names rows that are not there: {', '.join(unknown)}")
    return [by_name[n] for n in names if n]


class Running:
    """One row in its child process; the verdict comes back as a file."""
    def __init__(self, row, a, base, number):
        self.row, self.start = row, time.monotonic()
        self.dir = os.path.join(base, f"r{number:05d}")
        self.verdict_path = self.dir + ".verdict"
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            code = 1
            try:
                code = self._child(a)
            finally:
                os._exit(code)

    def _child(self, a):
        import harness
        # In the group's way out, so that a row may be ended by the runner at any time.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.makedirs(self.dir, mode=0o755)
        t = harness.Bench(self.row, self.dir, a.seed, a.ci)
        why = ""
        try:
            self.row.run(t)
        except harness.Failure as e:
            why = f"{e}\n{t.story()}"
        except Exception:
            why = f"{traceback.format_exc()}\n{t.story()}"
        try:
            t.close()
        except Exception:
            why = why or traceback.format_exc()
        with open(self.verdict_path, "w", errors="backslashreplace") as f:
            json.dump({"why": why}, f)
        return 0

    def poll(self):
        """None while running, else the reason of the failure ('' = passed)."""
        pid, _ = os.waitpid(self.pid, os.WNOHANG)
        overdue = time.monotonic() - self.start > ROW_SECONDS
        if not pid and not overdue:
            return None
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        if not pid:
            os.waitpid(self.pid, 0)
            return f"the row did not end within {ROW_SECONDS} s"
        try:
            with open(self.verdict_path) as f:
                return json.load(f)["why"]
        except (OSError, ValueError):
            return "the row's process died"


def rerun(a, row):
    env = " ".join(f"{k}={shlex.quote(os.environ[k])}" for k in ("RSYNCD_UNDER_TEST", "INTEROP_PAIRS_SEED", "TINYRSYNCD", "RSYNC_STOCK", "RSYNC_CLIENT") if k in os.environ)
    return f"{env + ' ' if env else ''}tests/run{' --ci' if a.ci else ''} --seed {a.seed} --row {shlex.quote(row.name)}"


def main():
    a = arguments()
    a.seed = a.seed or commit_seed()
    if a.ci:
        os.environ["INTEROP_CI"] = "1"
    base = os.environ["INTEROP_BASE"] = base_directory()
    os.chmod(base, 0o755)
    try:
        return work(a, base)
    finally:
        if not a.keep:
            import trees
            trees.wipe(base)


def work(a, base):
    import harness, trees
    for module in MODULES:
        importlib.import_module(module)
    rows = select(a, harness.ROWS)
    if a.list:
        print("\n".join(r.name for r in rows))
        return 0
    print(f"under test: {harness.UNDER_TEST} ({harness.program(harness.UNDER_TEST)}); rows: {len(rows)}; seed {a.seed}; in {base}")
    passed, failed, skipped, left, times = 0, [], {}, 0, []
    running, queue, number, start = [], list(reversed(rows)), 0, time.monotonic()
    while queue or running:
        while queue and len(running) < WORKERS:
            row = queue.pop()
            reason = row.skip_reason()
            if reason:
                skipped.setdefault(reason, []).append(row.name)
            elif a.budget and not row.edge and time.monotonic() - start > a.budget:
                left += 1
            else:
                number += 1
                running.append(Running(row, a, base, number))
        for r in list(running):
            why = r.poll()
            if why is None:
                continue
            running.remove(r)
            times.append((time.monotonic() - r.start, r.row.name))
            if why:
                failed.append(r.row.name)
                print(f"\nFAIL {r.row.name}\n  {why.strip()}\n  again: {rerun(a, r.row)}", flush=True)
            else:
                passed += 1
            if not (why and a.keep):
                trees.wipe(r.dir)
        time.sleep(0.003)
    for reason, which in sorted(skipped.items()):
        print(f"skipped ({reason}): {', '.join(which[:12])}{f' and {len(which) - 12} more' if len(which) > 12 else ''}")
    if left:
        print(f"left out by the budget of {a.budget:.0f} s: {left} rows")
    if a.times:
        print("\n".join(f"{seconds:7.2f} s  {name}" for seconds, name in sorted(times, reverse=True)[:25]))
    if failed:
        print("failed: " + " ".join(failed))
    print(f"time: {time.monotonic() - start:.0f} s")
    print(f"{passed} passed, {len(failed)} failed, {sum(map(len, skipped.values()))} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
