"""Our own sync: encrypted store, engine, HTTP, a real server process; everything switched on.

Login by token, signed packets and receipts, validation of every value, conflict keeping, history of who wrote
what, search words and sort keys at the client, the digest check at the end.  The seed step also joins both
laptops to a team.  Variants: sqlite / pg = the server's database.  Runs with the project's interpreter.
"""
import json, os, shutil, sys, time, uuid
from datetime import UTC, datetime
from pathlib import Path

import common
import gen

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))
KIND = "benchmark_visit"
VALUES = [f for f in gen.FIELDS if f != "id"]


# ---- the laptop ------------------------------------------------------------
def world():
    from ntmdesk.store.surroundings import Surroundings
    from sync.protocol.kinds_load import load
    folder = Path("catalogue")
    files = {str(p.relative_to(folder)): p.read_text("utf-8") for p in folder.rglob("*.toml")}
    return Surroundings(load(files), lambda: datetime.now(UTC))


def open_store(name):
    from ntmdesk.store.database import Store
    return Store.open(Path(name), bytes.fromhex(Path(name + ".key").read_text()), world())


def make_store(name, url, code, records=()):
    from ntmdesk.services.enrolling import enrol
    from ntmdesk.store.database import Store
    from ntmdesk.store.surroundings import Author
    key = os.urandom(32)
    Path(name + ".key").write_text(key.hex())
    store = Store.create(Path(name), key, world())
    author = Author(str(uuid.uuid4()), "Cán bộ " + name)
    enrol(store, author, url, code)
    records = list(records)
    for i in range(0, len(records), 500):
        with store.begin(author) as uow:
            for r in records[i:i + 500]:
                uow.records.add(KIND, {f: r[f] for f in VALUES}, id=r["id"])
    store.db.execute("pragma wal_checkpoint(truncate)").fetchall()
    store.close()


class Clock:
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)


class Talk:
    """One laptop with its line: the whole conversation again and again on one kept connection."""
    def __init__(self, name, url):
        from ntmdesk.services.server_owned import owned_by_server
        from ntmdesk.store.replica import StoreReplica
        from sync.engine.http import HttpTransport
        self.store = open_store(name)
        with self.store.look() as uow:
            joined = uow.peers.joined()
        self.line = HttpTransport(url, joined.enrolment.token, joined.fingerprint or None)
        self.replica, self.owned = StoreReplica(self.store), owned_by_server(self.store.catalogue)

        import secrets
        from sync.engine.runner import converse
        self.talk, self.random = converse, secrets.token_bytes

    def once(self):
        with self.store.lean():
            out = self.talk(self.replica, self.line, Clock(), self.random, owned=self.owned)
        if out.problem is not None:
            return out, out.problem
        return out, None

    def author(self):
        from ntmdesk.store.surroundings import Author
        with self.store.look() as uow:
            enrolment = uow.peers.joined().enrolment
        return Author(enrolment.member, "Cán bộ")

    def sent(self):
        out, problem = self.once()
        if problem is not None or not out.accepted:
            raise SystemExit("sync: %r" % (out,))
        return {"bytes_up": out.bytes_up, "bytes_down": out.bytes_down}


def fresh_peak():
    """Resets VmHWM to what is in memory now, so that a later peak is the sync's own."""
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")
    return common.hwm_mb()


def checked(name, n):
    """All records of the kind in one laptop's store, against the generator."""
    store = open_store(name)
    got = {}
    with store.look() as uow:
        for r in uow.records.list(KIND).rows:
            got[r["id"]] = plain(r)
    store.close()
    return common.verdict({r["id"]: common.row(r) for r in gen.records(n)}, got)


def plain(r):
    row = {f: r.get(f, "" if f == "note" else None) for f in gen.FIELDS}
    row["service_codes"] = row["service_codes"] or []
    return common.row(row)


def role(a):
    if a.role == "seed":
        codes = json.loads(Path("codes.json").read_text())
        t = time.perf_counter()
        make_store("a", a.url, codes[0], gen.records(a.n))
        make_store("b", a.url, codes[1])
        return common.done(s=time.perf_counter() - t)
    if a.role == "check":
        return common.done(check=checked("b", a.n))
    talk = Talk("a" if a.role in ("push", "change", "found", "household") else "b", a.url)
    if a.role in ("push", "pull"):
        idle, tries = fresh_peak(), 0
        profile = None
        if os.environ.get("BENCH_PROFILE"):
            import cProfile
            profile = cProfile.Profile()
            profile.enable()
        t, cpu = time.perf_counter(), time.process_time()
        while True:
            out, problem = talk.once()
            if problem is None:
                break
            tries += 1
            if tries > a.retry:
                raise SystemExit("sync: %s %s" % (problem.code, problem.details))
            time.sleep(1.0)
        s, cpu = time.perf_counter() - t, time.process_time() - cpu
        if profile is not None:
            profile.disable()
            profile.dump_stats(os.environ["BENCH_PROFILE"] + "." + a.role)
        moved = out.accepted if a.role == "push" else out.received
        if not a.retry and moved < a.n:
            raise SystemExit("moved %d of %d: %r" % (moved, a.n, out))
        return common.done(s=s, cpu_s=cpu, retries=tries, rounds=out.rounds, idle_mb=idle, bytes_up=out.bytes_up, bytes_down=out.bytes_down)
    if a.role == "found":                        # households, recorded and sent: "household" changes them
        with talk.store.begin(talk.author()) as uow:
            for n in range(common.CHANGES):
                uow.records.add("household", {"head_name": "Lê Văn %d" % n, "code": "H%03d" % n, "members_n": 4,
                                              "internet": "mobile", "lane": "Kiệt 40"})
        return common.done(**talk.sent())
    if a.role in ("change", "household"):
        kind = KIND if a.role == "change" else a.role
        with talk.store.look() as uow:
            ids = [r["id"] for r in uow.records.list(kind).rows][:common.CHANGES]
        author = talk.author()
        for n, id in enumerate(ids):
            change = {"phone": "09%08d" % (n * 7654321 % 10 ** 8)} if a.role == "change" else {"members_n": n % 3 + 5}
            with talk.store.begin(author) as uow:
                uow.records.set(kind, id, change)
            talk.sent()
        return common.done(times=len(ids))
    if a.role == "noop":
        ts = []
        for _ in range(common.NOOPS):
            t = time.perf_counter()
            out, problem = talk.once()
            ts.append(time.perf_counter() - t)
            if problem is not None:
                raise SystemExit("sync: %s" % problem.code)
        return common.done(s=sorted(ts)[len(ts) // 2], first=ts[0], min=min(ts), max=max(ts), times=common.NOOPS)


# ---- the upper server ------------------------------------------------------
def main(a):
    from tests.together.server import RealServer
    with common.Run(a) as run:
        shutil.copytree(REPOSITORY / "resources" / "catalogues", run.dir / "catalogue")
        shutil.copytree(REPOSITORY / "benchmarks" / "catalogue", run.dir / "catalogue", dirs_exist_ok=True)
        database = ""
        if a.variant == "pg":
            database = common.Postgres(run).url
        server = RealServer(run.dir, database=database, catalogue=run.dir / "catalogue")
        server.team_add("T01")
        codes = [server.invite("T01", "volunteer")["code"].partition(".")[0] for _ in range(2)]
        (run.dir / "codes.json").write_text(json.dumps(codes))
        server.start()
        run.procs.append(server.process)
        run.server = server.process.pid
        idle = {}

        def after_seed():
            idle["idle"] = common.hwm_mb(server.process.pid)
            return a.n

        def mem():
            m = {"app": common.hwm_mb(server.process.pid), **idle}
            if run.pg:
                m["postgres"] = run.pg.mem.mb()
            return m

        def check():
            """What the server's own database holds, read without our store."""
            import sqlalchemy as sa
            from sync.protocol.image import decode_image
            from sync.protocol.kinds_cells import assemble
            from sync.protocol.kinds_load import load
            from sync.protocol.records import shown
            folder = run.dir / "catalogue"
            kind = load({str(p.relative_to(folder)): p.read_text("utf-8") for p in folder.rglob("*.toml")}).kind(KIND)
            url = database.replace("postgresql://", "postgresql+psycopg://") if database else "sqlite:///%s" % found(server.data)
            got = {}
            with sa.create_engine(url).connect() as c:
                for id, image in c.execute(sa.text("select id, image from record where kind = '%s'" % KIND)):
                    got[id] = plain({"id": id, **assemble(kind, shown(decode_image(KIND, id, bytes(image))))})
            return common.verdict({r["id"]: common.row(r) for r in gen.records(a.n)}, got)
        return common.flow(run, "peer_ntmdesk.py", server.port, mem, check, after_seed=after_seed,
                           wire_steps=("change", "found", "household"))


def found(folder):
    return next(p for p in folder.rglob("*.db"))


if __name__ == "__main__":
    a = common.args(("sqlite", "pg"))
    role(a) if a.role else print(json.dumps(main(a)))
