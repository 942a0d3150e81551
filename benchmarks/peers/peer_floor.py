"""The floor: the least a sync of rows can do with Python on both ends.

zstd-compressed JSON rows over one kept-alive connection, one durable transaction per
batch at the server and one per batch at the client; no authentication, no conflict
check, no history.  Variants: sqlite / pg = the server's store; sqlite2k / sqlite50 = 2,000 / 50
a batch instead of 500.
"""
import sys
import time

import common

BATCH = {"sqlite": 500, "pg": 500, "sqlite2k": 2000, "sqlite50": 50}


def role(a):
    import orjson, requests, zstandard
    Z, D = zstandard.ZstdCompressor(3), zstandard.ZstdDecompressor()
    s, b, cnt = requests.Session(), BATCH[a.variant], [0]
    if a.role == "seed":
        t = time.perf_counter()
        common.seed_a("a.db", a.n)
        return common.done(s=time.perf_counter() - t)
    if a.role == "check":
        return common.done(check=common.check_db("b.db", a.n))
    if a.role == "push":
        c = common.db_open("a.db")
        t, cpu = time.perf_counter(), time.process_time()
        for rows in common.dirty_batches(c, b):
            body = Z.compress(orjson.dumps(rows))

            def go():
                r = s.post(a.url + "/push", data=body, timeout=60)
                r.raise_for_status()
                return r.json()
            first = common.retrying(go, a.retry, cnt)["first"]
            common.mark_clean(c, [r[0] for r in rows], range(first, first + len(rows)))
        return common.done(s=time.perf_counter() - t, cpu_s=time.process_time() - cpu, retries=cnt[0])

    def pull(c):
        since = int((c.execute("select v from meta where k='since'").fetchone() or [0])[0])
        while True:
            def go():
                r = s.get(a.url + "/pull", params={"since": since, "limit": b}, timeout=60)
                r.raise_for_status()
                return r
            r = common.retrying(go, a.retry, cnt)
            if r.status_code == 204:
                return
            rows = orjson.loads(D.decompress(r.content))
            since = rows[-1][-1]
            c.execute("begin immediate")
            c.executemany(common.UPSERT, rows)
            c.execute("insert or replace into meta values('since',?)", (str(since),))
            c.execute("commit")
    if a.role == "pull":
        c = common.db_open("b.db")
        t, cpu = time.perf_counter(), time.process_time()
        pull(c)
        return common.done(s=time.perf_counter() - t, cpu_s=time.process_time() - cpu, retries=cnt[0])
    if a.role == "change":
        c = common.db_open("a.db")
        ids = [i for i, in c.execute("select id from visit order by id limit ?", (common.CHANGES,))]
        for n, i in enumerate(ids):
            c.execute("update visit set phone=?, dirty=1 where id=?", ("09%08d" % (n * 7654321 % 10 ** 8), i))
            for rows in common.dirty_batches(c, b):
                r = s.post(a.url + "/push", data=Z.compress(orjson.dumps(rows)), timeout=60)
                r.raise_for_status()
                first = r.json()["first"]
                common.mark_clean(c, [r[0] for r in rows], range(first, first + len(rows)))
        return common.done(times=len(ids))
    if a.role == "noop":
        c, ts = common.db_open("b.db"), []
        for _ in range(common.NOOPS):
            t = time.perf_counter()
            c.execute("select 1 from visit where dirty=1 limit 1").fetchone()
            pull(c)
            ts.append(time.perf_counter() - t)
        return common.done(s=sorted(ts)[len(ts) // 2], first=ts[0], min=min(ts), max=max(ts), times=common.NOOPS)


def main(a):
    with common.Run(a) as run:
        port = common.free_port()
        kind, extra = "floor", []
        if a.variant == "pg":
            pg = common.Postgres(run)
            kind, extra = "floorpg", [pg.url]
        srv = run.start([sys.executable, common.HERE / "servers.py", kind, port, run.dir, *extra], "srv", port)
        run.server = srv.pid

        def mem():
            m = {"app": common.hwm_mb(srv.pid)}
            if run.pg:
                m["postgres"] = run.pg.mem.mb()
            return m

        def check():
            if a.variant != "pg":
                return common.check_db(run.dir / "server.db", a.n)
            import psycopg2
            import gen
            cur = psycopg2.connect(run.pg.url).cursor()
            cur.execute("select %s from visit" % ",".join(common.COLS))
            return common.verdict({r["id"]: common.row(r) for r in gen.records(a.n)}, {r[0]: r for r in cur})
        return common.flow(run, "peer_floor.py", port, mem, check, wire_steps=("change",))


if __name__ == "__main__":
    import json
    a = common.args(("sqlite", "pg", "sqlite2k", "sqlite50"))
    role(a) if a.role else print(json.dumps(main(a)))
