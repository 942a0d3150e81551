"""What every driver shares: processes, memory, PostgreSQL, the proxy, the client DB.

A driver is run as   python peer_X.py --n N --mode time|wire|slow [--variant V]
and prints one JSON object on its last line.  It starts its server, then runs each
client step (`--role seed|push|pull|noop`) as a process of its own, so that a
client's peak memory is its own; the step times itself after its imports.
"""
import argparse, json, os, pwd, shutil, signal, socket, sqlite3, subprocess, sys
import tempfile, threading, time
from pathlib import Path

import gen

HERE = Path(__file__).resolve().parent
COLS = gen.FIELDS
NOOPS = 15
CHANGES = 15                                     # how often one record is changed and sent


def args(variants):
    ap = argparse.ArgumentParser()
    ap.add_argument("--n", type=int, default=1000)
    ap.add_argument("--mode", choices=("time", "wire", "slow"), default="time")
    ap.add_argument("--variant", choices=variants, default=variants[0])
    ap.add_argument("--seed", type=int, default=1, help="seed of the drop schedule")
    ap.add_argument("--role")
    ap.add_argument("--url")
    ap.add_argument("--dir")
    ap.add_argument("--retry", type=int, default=0)
    ap.add_argument("--node-modules", default=os.environ.get("BENCH_NODE_MODULES", ""))
    return ap.parse_args()


# ---- processes -------------------------------------------------------------
def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_port(port, proc, t=60):
    end = time.time() + t
    while time.time() < end:
        if proc.poll() is not None:
            raise RuntimeError("server ended with %s" % proc.returncode)
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("server did not listen")


class Run:
    """A working folder and the processes of one run; all of them are ended at the end."""
    def __init__(self, a):
        self.a, self.procs, self.pg = a, [], None
        self.server = 0                          # pid whose processor time is counted
        self.dir = Path(tempfile.mkdtemp(prefix="ntmbench-"))
        os.chmod(self.dir, 0o755)

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *a: sys.exit(143))   # ended early: still clean up
        return self

    def __exit__(self, *e):
        for p in reversed(self.procs):
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
                try:
                    p.wait(15)
                except subprocess.TimeoutExpired:
                    p.kill()
                    p.wait()
        if self.pg:
            self.pg.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, cmd, name, port=None, **kw):
        log = open(self.dir / (name + ".log"), "wb")
        p = subprocess.Popen([str(c) for c in cmd], stdout=log, stderr=log,
                             stdin=subprocess.DEVNULL, **kw)
        self.procs.append(p)
        if port:
            try:
                wait_port(port, p)
            except RuntimeError:
                sys.stderr.write((self.dir / (name + ".log")).read_text()[-3000:])
                raise
        return p

    def stop(self, p):
        if p.poll() is None:
            p.terminate()
            p.wait(30)

    def role(self, script, role, url, timeout=900, cmd=None, **extra):
        """Runs one client step as its own process; returns its JSON and its peak RSS."""
        a = self.a
        cmd = list(cmd or [sys.executable, str(HERE / script)])
        cmd += ["--role", role, "--n", a.n, "--url", url or "", "--dir", self.dir,
                "--variant", a.variant, "--retry", extra.get("retry", 0)]
        p = subprocess.Popen([str(c) for c in cmd], stdout=subprocess.PIPE,
                             stderr=open(self.dir / "role.err", "ab"), cwd=self.dir)
        self.procs.append(p)
        try:
            out, _ = p.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            p.kill()
            p.communicate()
            return {"timeout": timeout}
        if p.returncode:
            raise RuntimeError("%s %s failed: %s" % (script, role, (self.dir / "role.err").read_text()[-700:]))
        return json.loads(out.decode().strip().splitlines()[-1])


def cpu_s(pid):
    """Processor seconds a process has used so far; 0.0 when it is gone."""
    try:
        part = open("/proc/%s/stat" % pid).read().rpartition(")")[2].split()
        return (int(part[11]) + int(part[12])) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0


def hwm_mb(pid="self"):
    try:
        for line in open("/proc/%s/status" % pid):
            if line.startswith("VmHWM"):
                return round(int(line.split()[1]) / 1024, 1)
    except OSError:
        return 0.0


class PssPeak(threading.Thread):
    """Peak of the summed proportional memory of a process and its children (PostgreSQL)."""
    def __init__(self, pid):
        super().__init__(daemon=True)
        import psutil
        self.root, self.peak, self.on = psutil.Process(pid), 0, True
        self.start()

    def run(self):
        while self.on:
            tot = 0
            try:
                for p in [self.root] + self.root.children(recursive=True):
                    try:
                        for line in open("/proc/%d/smaps_rollup" % p.pid):
                            if line.startswith("Pss:"):
                                tot += int(line.split()[1])
                    except OSError:
                        pass
            except Exception:
                pass
            self.peak = max(self.peak, tot)
            time.sleep(0.5)

    def mb(self):
        return round(self.peak / 1024, 1)


# ---- PostgreSQL ------------------------------------------------------------
def pg_bin():
    if os.environ.get("PGBIN"):
        return Path(os.environ["PGBIN"])
    for name in ("initdb", "postgres"):
        w = shutil.which(name)
        if w:
            return Path(os.path.realpath(w)).parent
    out = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True).stdout.strip()
    return Path(out)


class Postgres:
    """A throw-away cluster with the default settings (fsync and synchronous_commit on)."""
    def __init__(self, run):
        self.dir, self.port = run.dir / "pg", free_port()
        self.dir.mkdir()
        self.as_user = []
        if os.geteuid() == 0:
            u = pwd.getpwnam("postgres")
            os.chown(self.dir, u.pw_uid, u.pw_gid)
            self.as_user = ["setpriv", "--reuid", str(u.pw_uid), "--regid", str(u.pw_gid), "--clear-groups"]
        b = pg_bin()
        self.ctl = b / "pg_ctl"
        q = dict(check=True, stdout=subprocess.DEVNULL, cwd=self.dir)
        subprocess.run(self.as_user + [str(b / "initdb"), "-D", str(self.dir / "d"), "-U", "bench", "-A", "trust",
                                       "-E", "UTF8", "--locale=C.UTF-8"], **q)
        subprocess.run(self.as_user + [str(self.ctl), "-D", str(self.dir / "d"), "-w", "-l", str(self.dir / "log"),
                                       "-o", "-p %d -h 127.0.0.1 -k %s" % (self.port, self.dir), "start"], **q)
        self.pid = int((self.dir / "d" / "postmaster.pid").read_text().split()[0])
        self.url = "postgresql://bench@127.0.0.1:%d/postgres" % self.port
        self.mem = PssPeak(self.pid)
        run.pg = self

    def stop(self):
        self.mem.on = False
        subprocess.run(self.as_user + [str(self.ctl), "-D", str(self.dir / "d"), "-m", "fast", "-w", "stop"],
                       stdout=subprocess.DEVNULL, cwd="/")


# ---- the proxy -------------------------------------------------------------
SLOW_LIMIT = int(os.environ.get("BENCH_SLOW_LIMIT", "240"))      # seconds a step may take
SLOW = ["--rate-bps", "64000", "--rtt-ms", "400", "--drop-mean-s", "12", "--outage-s", "2"]


class Proxy:
    def __init__(self, run, port, opts=()):
        self.p = subprocess.Popen([sys.executable, str(HERE / "proxy.py"), "--target", "127.0.0.1:%d" % port, *opts],
                                  stdout=subprocess.PIPE)
        run.procs.append(self.p)
        d = json.loads(self.p.stdout.readline())
        self.port = d["port"]
        self.c = socket.create_connection(("127.0.0.1", d["control"])).makefile("rw")

    def ask(self, what):
        self.c.write(what + "\n")
        self.c.flush()
        return json.loads(self.c.readline())


# ---- the client's own database --------------------------------------------
def db_open(path, sync="FULL"):
    c = sqlite3.connect(path, isolation_level=None)
    c.execute("pragma journal_mode=wal")
    c.execute("pragma synchronous=%s" % sync)
    c.execute("""create table if not exists visit(id text primary key, hamlet_code text,
        household_head text, phone text, citizen_id text, visit_date text, service_codes text,
        minutes integer, note text, satisfaction integer,
        rev integer not null default 0, dirty integer not null default 1)""")
    c.execute("create index if not exists visit_dirty on visit(dirty) where dirty=1")
    c.execute("create table if not exists meta(k text primary key, v text)")
    return c


def row(rec):
    return tuple(json.dumps(rec[f], ensure_ascii=False) if f == "service_codes" else rec[f] for f in COLS)


def rec(r):
    d = dict(zip(COLS, r))
    d["service_codes"] = json.loads(d["service_codes"])
    return d


UPSERT = ("insert into visit(%s,rev,dirty) values(%s,?,0) on conflict(id) do update set %s,rev=excluded.rev,dirty=0"
          % (",".join(COLS), ",".join("?" * len(COLS)), ",".join("%s=excluded.%s" % (c, c) for c in COLS[1:])))
INSERT = "insert into visit(%s) values(%s)" % (",".join(COLS), ",".join("?" * len(COLS)))


def seed_a(path, n):
    c = db_open(path)
    c.execute("begin")
    c.executemany(INSERT, (row(r) for r in gen.records(n)))
    c.execute("commit")
    c.execute("pragma wal_checkpoint(truncate)")
    c.close()


def dirty_batches(c, size):
    while True:
        rows = c.execute("select %s from visit where dirty=1 limit ?" % ",".join(COLS), (size,)).fetchall()
        if not rows:
            return
        yield rows


def mark_clean(c, ids, revs):
    c.execute("begin immediate")
    c.executemany("update visit set dirty=0,rev=? where id=?", zip(revs, ids))
    c.execute("commit")


def check_db(path, n):
    """Compares a client's (or server's) table with the generator: lost, changed, extra."""
    want = {r["id"]: row(r) for r in gen.records(n)}
    c = sqlite3.connect(path)
    got = {}
    dup = 0
    for r in c.execute("select %s from visit" % ",".join(COLS)):
        dup += r[0] in got
        got[r[0]] = tuple(r)
    return verdict(want, got, dup)


def verdict(want, got, dup=0):
    same = sum(1 for k, v in want.items() if k in got and canon(got[k]) == canon(v))
    return {"lost": len(want.keys() - got.keys()), "extra": len(got.keys() - want.keys()) + dup,
            "changed": len(want.keys() & got.keys()) - same}


def canon(v):
    v = list(v)
    if isinstance(v[6], str):
        v[6] = json.loads(v[6])
    return [str(x) if i != 6 else sorted(x) for i, x in enumerate(v)]


def retrying(fn, retries, count):
    """Calls fn; on a broken connection waits 1 s and calls it again, at most `retries` times."""
    import requests
    while True:
        try:
            return fn()
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
            if count[0] >= retries:
                raise
            count[0] += 1
            time.sleep(1.0)


def done(**kw):
    kw["rss_mb"] = hwm_mb()
    print(json.dumps(kw))


def flow(run, script, port, server_pids, check_server, path="", cmd=None, after_seed=None, wire_steps=()):
    """The same three measurements for every peer.  server_pids() -> {name: MB}.

    wire_steps: what else is counted in the mode "wire", after the checks."""
    a = run.a
    direct = "http://127.0.0.1:%d%s" % (port, path)
    out = {"n": a.n, "mode": a.mode, "variant": a.variant}
    out["seed"] = run.role(script, "seed", direct, cmd=cmd)
    if after_seed:
        out["pushed"] = after_seed()
    if a.mode == "time":
        for step in ("push", "pull", "noop"):
            before = cpu_s(run.server)
            out[step] = run.role(script, step, direct, cmd=cmd)
            out[step]["server_cpu_s"] = round(cpu_s(run.server) - before, 3)
        out["server_mb"] = server_pids()
    else:
        slow = a.mode == "slow"
        px = Proxy(run, port, SLOW + ["--seed", str(a.seed)] if slow else ())
        via = "http://127.0.0.1:%d%s" % (px.port, path)
        retry = 200 if slow else 0
        for step in ("push", "pull", "noop"):
            if step == "noop" and slow:
                px.ask("nodrop")
            px.ask("reset")
            t0, crashes = time.time(), []
            while True:                     # a client that dies of a reset is started again
                left = SLOW_LIMIT - (time.time() - t0)
                try:
                    out[step] = run.role(script, step, via, timeout=max(left, 1), cmd=cmd, retry=retry)
                    break
                except RuntimeError as e:
                    if not slow or left < 1 or len(crashes) > 50:
                        raise
                    crashes.append(str(e)[-300:])
                    time.sleep(1)
            if crashes:
                out[step].update(crashes=len(crashes), crash=crashes[0])
                if "s" in out[step]:
                    out[step]["s"] = time.time() - t0
            out[step]["wire"] = px.ask("stats")
            if "timeout" in out[step]:
                break
    out["check"] = {"server": check_server()}
    if "s" in out.get("pull", {}):
        out["check"]["client_b"] = run.role(script, "check", direct, cmd=cmd)["check"]
    for step in wire_steps if a.mode == "wire" else ():
        px.ask("reset")
        out[step] = {**run.role(script, step, via, cmd=cmd), "wire": px.ask("stats")}
    return out
