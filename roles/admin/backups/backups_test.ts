import assert from "node:assert/strict";
import { FakeTime } from "../../../foundation/testing.ts";
import { silentLog } from "../../../foundation/mod.ts";
import { OperationError } from "../../../operations/mod.ts";
import { newRecoveryKey, type ParleyStorage, recoveryKeyText } from "../../../storage/mod.ts";
import { storageIn, TemporaryFolder } from "../../../storage/testing.ts";
import { subscriber } from "../../sip_core/testing/fake_storage.ts";
import { BoxBackups } from "./box_backups.ts";
import { tryTarget } from "./remote_target.ts";
import { DEFAULT_SCHEDULE, nextDue } from "./schedule.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const DAY = 86_400_000;
const at = (text: string) => Date.parse(`${text}Z`);

Deno.test("a backup is due at its time of day, and at once where the box was off then", () => {
  const daily = { ...DEFAULT_SCHEDULE, at: "02:30" };
  assert.equal(nextDue(daily, 0, at("2026-05-01T01:00")), at("2026-05-01T02:30"));
  assert.equal(nextDue(daily, 0, at("2026-05-01T03:00")), at("2026-05-02T02:30"));
  assert.equal(nextDue(daily, at("2026-05-01T02:30:20"), 0), at("2026-05-02T02:30"));
  // Made by hand in the evening: the night's own is still made.
  assert.equal(nextDue(daily, at("2026-05-01T13:00"), 0), at("2026-05-02T02:30"));
  assert.ok(nextDue(daily, at("2026-05-01T02:30"), 0) <= at("2026-05-09T12:00"));
  const weekly = { ...daily, every: "week" } as const;
  assert.equal(nextDue(weekly, at("2026-05-01T02:31"), 0), at("2026-05-08T02:30"));
});

interface World {
  readonly time: FakeTime;
  readonly storage: ParleyStorage;
  readonly backups: BoxBackups;
  readonly audit: string[];
  readonly restored: { path: string; recoveryKey: string }[];
}

async function withWorld(work: (world: World) => Promise<void>): Promise<void> {
  using folder = new TemporaryFolder();
  const time = new FakeTime(at("2026-05-01T01:00"));
  const storage = await storageIn(folder, time);
  const audit: string[] = [];
  const restored: World["restored"] = [];
  const backups = await BoxBackups.open({
    storage,
    clock: time,
    timers: time.timers,
    log: silentLog,
    data: folder.path,
    audit: (event, actor) => audit.push(`${event} ${actor}`),
    restore: (path, recoveryKey) => restored.push({ path, recoveryKey }),
    maxUpload: 100_000_000,
  });
  try {
    await storage.subscribers.put([subscriber("sip:alice@example.test", "secret")]);
    await work({ time, storage, backups, audit, restored });
  } finally {
    await backups.stop();
    await storage.close();
  }
}

async function fileOf(backups: BoxBackups, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const opened = await backups.open(name, "admin:owner");
  return new Uint8Array(await new Response(opened!.stream).arrayBuffer());
}

Deno.test(
  "a backup is listed with what is in it, tested, downloaded and removed; each is in the audit log",
  options,
  () =>
    withWorld(async ({ backups, audit }) => {
      const made = await backups.create("admin:owner");
      assert.match(made.name, /^parley-20260501T010000000Z-[0-9a-f]{4}-open\.parley$/);
      assert.equal(made.contents.users, 1);
      assert.equal(made.tested, null);
      const tested = await backups.test(made.name, "admin:owner");
      assert.deepEqual({ ok: tested.ok, users: tested.users }, { ok: true, users: 1 });
      const [listed] = await backups.list();
      assert.equal(listed.tested?.ok, true);
      assert.equal(listed.made_by, "admin:owner");
      assert.equal((await fileOf(backups, made.name)).length, made.octets);
      assert.ok(await backups.remove(made.name, "admin:owner"));
      assert.deepEqual(await backups.list(), []);
      assert.equal(await backups.remove("../parley.kv", "admin:owner"), false);
      assert.equal(await backups.open("../parley.key", "admin:owner"), null);
      assert.deepEqual(audit, [
        "backup admin:owner",
        "backup.test admin:owner",
        "backup.download admin:owner",
        "backup.remove admin:owner",
      ]);
    }),
);

Deno.test(
  "backups use the recovery key once its sheet is confirmed, and not before",
  options,
  () =>
    withWorld(async ({ backups }) => {
      const { id, text } = await backups.newRecovery("admin:owner");
      assert.equal((await backups.create("system")).recovery_key, "");
      assert.equal(await backups.confirmRecovery(recoveryKeyText(newRecoveryKey()), "admin:owner"), false);
      assert.equal(await backups.confirmRecovery("nonsense", "admin:owner"), false);
      assert.equal(backups.recovery().id, "");
      assert.ok(await backups.confirmRecovery(text.toLowerCase().replaceAll("-", " "), "admin:owner"));
      assert.equal(backups.recovery().id, id);
      const made = await backups.create("system");
      assert.equal(made.recovery_key, id);
      assert.match(made.name, new RegExp(`-${id}\\.parley$`));
      assert.ok((await backups.test(made.name, "system")).ok);
    }),
);

Deno.test(
  "a backup made with an earlier recovery key is still tested and restored by the box itself",
  options,
  () =>
    withWorld(async ({ backups, restored, time }) => {
      const names: string[] = [];
      for (let n = 0; n < 12; n++) {
        time.jump(1000);
        const { text } = await backups.newRecovery("admin:owner");
        assert.ok(await backups.confirmRecovery(text, "admin:owner"));
        if (n === 0 || n === 9) names.push((await backups.create("system")).name);
      }
      const [forgotten, earlier] = names;
      assert.ok((await backups.test(earlier, "system")).ok);
      await backups.restoreNamed(earlier, { recovery_key: "", by: "admin:owner" });
      assert.equal(restored.length, 1);
      // Bounded: the oldest keys are on paper alone.
      assert.match((await backups.test(forgotten, "system")).reason, /it is not this box's own/);
    }),
);

Deno.test("what was uploaded for a restore does not stay behind", options, async () => {
  using folder = new TemporaryFolder();
  const time = new FakeTime();
  await Deno.mkdir(folder.join("restore"));
  for (const name of ["received-00ff.parley", "received-11ee.parley.part", "keep.txt"]) {
    await Deno.writeTextFile(folder.join(`restore/${name}`), "x");
  }
  const storage = await storageIn(folder, time);
  const parts = { clock: time, timers: time.timers, log: silentLog, data: folder.path, maxUpload: 1 };
  await BoxBackups.open({ storage, ...parts, audit: () => {}, restore: () => {} });
  assert.deepEqual([...Deno.readDirSync(folder.join("restore"))].map(({ name }) => name), ["keep.txt"]);
  await storage.close();
});

Deno.test(
  "an upload is restored after it was checked whole; a wrong key is told before the rest is read",
  options,
  () =>
    withWorld(async ({ backups, restored }) => {
      const { text } = await backups.newRecovery("admin:owner");
      await backups.confirmRecovery(text, "admin:owner");
      const { name } = await backups.create("system");
      const file = await fileOf(backups, name);
      let pulled = 0;
      const upload = () =>
        new ReadableStream<Uint8Array>({
          pull(controller) {
            const piece = file.slice(pulled, pulled + 4096);
            pulled += piece.length;
            if (piece.length === 0) controller.close();
            else controller.enqueue(piece);
          },
        }, { highWaterMark: 0 });
      const wrong = recoveryKeyText(newRecoveryKey());
      await assert.rejects(
        backups.restore(upload(), { recovery_key: wrong, by: "admin:owner" }),
        (error: OperationError) => error.kind === "invalid" && /recovery key/.test(error.message),
      );
      assert.ok(pulled <= 8192 && pulled < file.length, `${pulled} of ${file.length} octets were read`);
      assert.equal(restored.length, 0);
      pulled = 0;
      const done = await backups.restore(upload(), { recovery_key: text, by: "admin:owner" });
      assert.equal(done.users, 1);
      assert.equal(restored.length, 1);
      assert.equal(restored[0].recoveryKey, text);
      pulled = 0;
      file[file.length >> 1] ^= 1;
      await assert.rejects(backups.restore(upload(), { recovery_key: text, by: "admin:owner" }), OperationError);
      assert.equal(restored.length, 1);
    }),
);

Deno.test(
  "the schedule makes backups, keeps so many, and tests one a month",
  options,
  () =>
    withWorld(async ({ backups, time }) => {
      await backups.setSchedule({ ...DEFAULT_SCHEDULE, keep: 2 }, undefined, "admin:owner");
      backups.start();
      /** Lets the time pass in which a backup falls due, and waits for the job. */
      const pass = async (ms: number) => {
        time.jump(ms);
        time.advance(61_000);
        // A job that began is the last in line; a new one waits for it.
        await backups.remove("parley-none.parley", "system");
        await backups.remove("parley-none.parley", "system");
        await backups.remove("parley-none.parley", "system");
      };
      await pass(0);
      assert.equal((await backups.list()).length, 0);
      await pass(2 * 3_600_000);
      const [first] = await backups.list();
      assert.equal(first.tested?.ok, true);
      assert.equal(first.made_by, "system");
      await pass(DAY);
      await pass(DAY);
      const kept = await backups.list();
      assert.equal(kept.length, 2);
      assert.ok(kept.every(({ tested, created_at }) => tested === null && created_at > first.created_at));
      assert.equal(backups.facts.failure, "");
    }),
);

Deno.test(
  "schedules and targets that cannot be are refused with what is allowed",
  options,
  () =>
    withWorld(async ({ backups }) => {
      const set = (part: object) => backups.setSchedule({ ...DEFAULT_SCHEDULE, ...part }, undefined, "admin:owner");
      await assert.rejects(set({ at: "25:00" }), /"25:00" is not a time; allowed: HH:MM/);
      await assert.rejects(set({ keep: 0 }), /keep is 0; allowed: 1 to 365/);
      const target = { kind: "webdav", url: "ftp://x.test/", user: "u" };
      await assert.rejects(set({ target }), /"ftp:\/\/x\.test\/" is not a target/);
    }),
);

/** A WebDAV and S3 server as far as backups use one. */
function fileServer(
  allowed: (request: Request) => boolean,
): { url: string; files: Map<string, string>; close(): Promise<void> } {
  const files = new Map<string, string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const path = new URL(request.url).pathname;
    if (!allowed(request)) return new Response("<Error><Message>Access denied</Message></Error>", { status: 403 });
    if (request.method === "PUT") {
      if (request.headers.get("content-length") === null) return new Response(null, { status: 411 });
      files.set(path, await request.text());
      return new Response(null, { status: 201 });
    }
    if (request.method === "DELETE") return new Response(null, { status: files.delete(path) ? 204 : 404 });
    return files.has(path) ? new Response(files.get(path)) : new Response(null, { status: 404 });
  });
  return { url: `http://127.0.0.1:${server.addr.port}/store`, files, close: () => server.shutdown() };
}

Deno.test(
  "finished backups go to a WebDAV target, whole; one that refuses is told, and the file stays on the box",
  options,
  () =>
    withWorld(async ({ backups, time }) => {
      let open = true;
      const server = fileServer((request) => open && request.headers.get("authorization") === "Basic bWU6cMOkc3N3b3Jk");
      const target = { kind: "webdav", url: server.url, user: "me" } as const;
      assert.equal(await backups.testTarget(target, "pässword"), null);
      assert.equal(server.files.size, 0);
      assert.match((await backups.testTarget(target, "wrong"))!, /answered 403: Access denied$/);
      await backups.setSchedule({ ...DEFAULT_SCHEDULE, target }, "pässword", "admin:owner");
      const { name, octets } = await backups.create("admin:owner");
      assert.ok(server.files.has(`/store/${name}`));
      assert.ok(octets > 0);
      open = false;
      const { lastAt } = backups.facts;
      time.jump(1000);
      await assert.rejects(backups.create("admin:owner"), /is on the box, but not at the target: .*403/);
      assert.equal(backups.facts.lastAt, lastAt + 1000, "the next one is due when it would be, not in an hour");
      assert.equal((await backups.list()).length, 2);
      await server.close();
    }),
);

Deno.test("S3 requests are signed (Signature Version 4) for the bucket's region", options, async () => {
  const seen: string[] = [];
  const server = fileServer((request) => {
    seen.push(request.headers.get("authorization") ?? "");
    return request.headers.has("x-amz-date");
  });
  await tryTarget({ kind: "s3", url: server.url, region: "eu-west-1", access_key: "AKIDEXAMPLE" }, "s3cret");
  assert.equal(seen.length, 3);
  for (const header of seen) {
    assert.match(
      header,
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/s3\/aws4_request, SignedHeaders=[a-z0-9;-]+, Signature=[0-9a-f]{64}$/,
    );
  }
  await server.close();
});
