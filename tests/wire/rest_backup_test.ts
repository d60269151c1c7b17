/** Backups over REST: of a busy box, tested, kept in number, and restored on an empty one from its first page. */
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { ADMIN_PASSWORD, eventually, originOf, Rest, setUpCode } from "../support/rest.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const WAITING = 30;
let busy: ParleyProcess;
let empty: ParleyProcess;
let ada: Rest;

Deno.test.beforeAll(async () => {
  [busy, empty] = await Promise.all([
    ParleyProcess.start({ users: users("alice", "bob", "carol") }),
    ParleyProcess.start(),
  ]);
  ada = await Rest.setUp(busy);
});
Deno.test.afterAll(async () => {
  await Promise.all([busy, empty].map((parley) => parley?.[Symbol.asyncDispose]()));
});

interface Tested {
  readonly ok: boolean;
  readonly reason: string;
  readonly users: number;
  readonly registrations: number;
  readonly deferred_messages: number;
}

interface Backup {
  readonly name: string;
  readonly recovery_key: string;
  readonly made_by: string;
  readonly octets: number;
  readonly contents: { users: number; deferred_messages: number; registrations: number };
  readonly tested: Tested | null;
}

async function list(): Promise<Backup[]> {
  return (await ada.get<{ backups: Backup[] }>("/backups")).backups;
}

async function healthCodes(): Promise<string[]> {
  return (await ada.post<{ items: { code: string }[] }>("/health/run")).items.map(({ code }) => code);
}

async function registered(parley: ParleyProcess, user: string): Promise<SipClient> {
  const client = await SipClient.open({ user, domain: parley.domain, port: parley.port });
  const answer = await client.register();
  equal(statusOf(answer), 200, answer.raw);
  return client;
}

/** A file and `more` octets behind it, a piece at a time; tells how many were taken. */
function upload(
  file: Uint8Array<ArrayBuffer>,
  more = 0,
): { stream: ReadableStream<Uint8Array>; readonly taken: number } {
  const PIECE = 65_536;
  let taken = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = taken < file.length
        ? file.subarray(taken, taken + PIECE)
        : new Uint8Array(Math.min(PIECE, file.length + more - taken));
      if (piece.length === 0) return controller.close();
      taken += piece.length;
      controller.enqueue(piece);
    },
  }, { highWaterMark: 0 });
  return {
    stream,
    get taken() {
      return taken;
    },
  };
}

let key = "";
let file = new Uint8Array(0);
const sent: string[] = [];
const during: string[] = [];
let carol: SipClient;

Deno.test("the recovery sheet must be confirmed before backups are sealed with its key", options, async () => {
  const { text } = await ada.post<{ text: string }>("/recovery");
  equal((await ada.get<{ confirmed_at: number }>("/recovery")).confirmed_at, 0);
  ok((await healthCodes()).includes("backup.recovery"), (await healthCodes()).join());
  equal((await ada.post<Backup>("/backups")).recovery_key, "", "not yet sealed with it");
  const wrong = await ada.ask("POST", "/recovery/confirm", {
    body: { text: text.replace(/.$/, (c) => c === "2" ? "3" : "2") },
  });
  ok(wrong.status >= 400, wrong.text);
  (await ada.ask("POST", "/recovery/confirm", { body: { text: text.toLowerCase() } })).ok();
  notEqual((await ada.get<{ confirmed_at: number }>("/recovery")).confirmed_at, 0);
  ok(!(await healthCodes()).includes("backup.recovery"));
  key = text;
});

Deno.test("a busy box is backed up, the file downloaded and test-restored; the list says so", options, async () => {
  const alice = await registered(busy, "alice");
  carol = await registered(busy, "carol");
  for (let n = 0; n < WAITING; n++) {
    equal(statusOf(await alice.message("sip:bob@example.test", `before ${n}`)), 202);
    sent.push(`before ${n}`);
  }
  let over = false;
  const load = (async () => {
    for (let n = 0; !over; n++) {
      equal(statusOf(await alice.message("sip:bob@example.test", `during ${n}`)), 202);
      during.push(`during ${n}`);
      equal(statusOf(await alice.message(carol.aor, `relayed ${n}`)), 200);
    }
  })();
  const made = await ada.post<Backup>("/backups");
  over = true;
  await load;
  ok(during.length > 0, "no load while the backup was made");
  match(made.name, /^parley-.*\.parley$/);
  notEqual(made.recovery_key, "");
  equal(made.made_by, "admin:ada");
  ok(made.contents.deferred_messages >= WAITING);
  deepEqual([made.contents.users, made.contents.registrations], [3, 2]);

  file = await ada.download(`/backups/${made.name}`);
  equal(file.length, made.octets);
  const text = new TextDecoder("latin1").decode(file);
  ok(!text.includes("before 1") && !text.includes("alice"), "what is in it can be read without its key");

  const tested = await ada.post<Tested>(`/backups/${made.name}/test`);
  deepEqual([tested.ok, tested.reason, tested.users, tested.registrations], [true, "", 3, 2]);
  ok(tested.deferred_messages >= WAITING);
  deepEqual((await list()).find(({ name }) => name === made.name)?.tested, tested);
  ok(!(await healthCodes()).some((code) => code.startsWith("backup.")));
  alice.close();
});

Deno.test("a backup that is damaged fails its test, and the dashboard says so", options, async () => {
  const { name } = await ada.post<Backup>("/backups");
  const path = `${busy.dir}/data/backups/${name}`;
  const octets = await Deno.readFile(path);
  octets[octets.length >> 1] ^= 1;
  await Deno.writeFile(path, octets);
  const tested = await ada.post<Tested>(`/backups/${name}/test`);
  equal(tested.ok, false);
  ok(tested.reason !== "");
  equal((await list()).find((backup) => backup.name === name)?.tested?.reason, tested.reason);
  const { items } = await ada.post<{ items: { code: string; text: string }[] }>("/health/run");
  const alarm = items.find(({ code }) => code === "backup.failed");
  ok(alarm?.text.includes(tested.reason), JSON.stringify(items));
  await ada.delete(`/backups/${name}`);
  (await ada.ask("POST", `/backups/${name}/test`)).refused(404);
});

Deno.test("no more backups are kept than the schedule says, the newest ones", options, async () => {
  const schedule = { enabled: true, at: "02:30", every: "day", keep: 2, test: true, target: { kind: "none" } };
  deepEqual(await ada.put("/backups/schedule", schedule), schedule);
  const made: string[] = [];
  for (let n = 0; n < 3; n++) made.push((await ada.post<Backup>("/backups")).name);
  deepEqual((await list()).map(({ name }) => name).sort(), made.slice(1).sort());
  const wrong = await ada.ask("PUT", "/backups/schedule", { body: { ...schedule, at: "25:00", keep: 0 } });
  deepEqual(wrong.refused(422, "invalid").errors.map(({ field }) => field), ["at", "keep"]);
});

Deno.test(
  "an empty box refuses a wrong key before the upload is over, and a damaged file; it is as empty as before",
  options,
  async () => {
    const code = await setUpCode(empty);
    const nobody = new Rest(originOf(empty));
    const restore = (headers: Record<string, string>, octets: BodyInit) =>
      nobody.ask("POST", "/set-up/restore", { headers: { "set-up-code": code, ...headers }, octets });
    (await restore({ "set-up-code": "x".repeat(code.length), "recovery-key": key }, file)).refused(403);

    const other = (await ada.post<{ text: string }>("/recovery")).text;
    const MORE = 200 * 1024 * 1024;
    for (const [wrong, said] of [[other, /key/i], ["", /key/i], ["AAAA", /key/i]] as const) {
      const long = upload(file, MORE);
      const { detail } = (await restore({ "recovery-key": wrong }, long.stream)).refused(422, "invalid");
      match(detail, said);
      ok(long.taken < MORE / 2, `${long.taken} octets were taken`);
    }
    const damaged = file.slice();
    damaged[damaged.length - 1000] ^= 1;
    for (const bad of [damaged, file.slice(0, -1), file.slice(0, 100), new TextEncoder().encode("no backup at all")]) {
      (await restore({ "recovery-key": key }, bad)).refused(422, "invalid");
    }
    deepEqual(await nobody.get("/set-up"), { open: true, version: (await nobody.get("/set-up")).version });
    deepEqual(
      [...Deno.readDirSync(`${empty.dir}/data`)].map(({ name }) => name).filter((name) =>
        /restore/.test(name) &&
        [...Deno.readDirSync(`${empty.dir}/data/${name}`)].length > 0
      ),
      [],
    );
  },
);

Deno.test(
  "with its key the backup is restored on the empty box: users, devices, stored messages, admins",
  options,
  async () => {
    const code = await setUpCode(empty);
    const nobody = new Rest(originOf(empty));
    const headers = { "set-up-code": code, "recovery-key": key };
    const restored = (await nobody.ask("POST", "/set-up/restore", { headers, octets: file }))
      .ok<{ users: number; deferred_messages: number }>();
    equal(restored.users, 3);
    ok(restored.deferred_messages >= WAITING);
    // In place, with the admins of the other box.
    const { pid } = empty;
    const owner = await eventually(async () => {
      const answer = await nobody.ask("POST", "/sessions", { body: { name: "ada", password: ADMIN_PASSWORD } });
      return answer.status === 201 ? nobody.as(answer.ok<{ token: string }>().token) : null;
    }, "the box runs with what is restored");
    equal(empty.pid, pid);
    equal((await nobody.get<{ open: boolean }>("/set-up")).open, false);
    (await nobody.ask("POST", "/set-up/restore", { headers, octets: file })).refused(403);
    // The session of the other box holds here as well: it was made before the backup.
    equal((await nobody.as(ada.token).get<{ principal: { name: string } }>("/sessions/current")).principal.name, "ada");

    const { devices } = await owner.get<{ devices: { contact: string }[] }>(owner.user(carol.aor, "/devices"));
    ok(devices.length === 1 && devices[0].contact.includes(carol.sentBy), JSON.stringify(devices));
    const bob = await registered(empty, "bob");
    const texts = await bob.messages(sent.length, 20_000);
    deepEqual(texts.slice(0, sent.length), sent);
    await eventually(async () => {
      const { waiting } = await owner.get<{ waiting: { messages: number } }>(owner.user(bob.aor));
      return waiting.messages === 0;
    }, "everything delivered");
    const all = await bob.messages(1);
    equal(new Set(all).size, all.length, "a message came twice");
    for (const text of all.slice(sent.length)) ok(during.includes(text), text);
    const again = await registered(empty, "carol");
    equal(statusOf(await again.message(bob.aor, "from the new box")), 200);
    equal((await owner.get<{ ok: boolean }>("/audit/verify")).ok, true);
    const { entries } = await owner.get<{ entries: { event: string }[] }>("/audit?event=backup.download");
    equal(entries.length, 0, "what came after the backup is not in it");
    await leave([bob, again]);
    carol.close();
  },
);
