/** `backup` of a box under load, `restore` elsewhere, and new sealing keys: nothing that was acknowledged is missing. */
import { equal, match, notEqual, ok } from "node:assert/strict";
import { SipClient, statusOf } from "../support/sip_client.ts";
import { ParleyProcess, users } from "../support/parley.ts";

const options = { sanitizeOps: false, sanitizeResources: false };

function open(parley: ParleyProcess, user: string): Promise<SipClient> {
  return SipClient.open({ user, domain: parley.domain, port: parley.port });
}

Deno.test(
  "a backup of a box under load holds users, registrations and messages; restored, all of it works",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob", "carol") });
    const alice = await open(parley, "alice");
    const carol = await open(parley, "carol");
    for (const client of [alice, carol]) equal(statusOf(await client.register()), 200);
    const before: string[] = [];
    const during: string[] = [];
    for (let n = 0; n < 50; n++) {
      equal(statusOf(await alice.message("sip:bob@example.test", `before ${n}`)), 202);
      before.push(`before ${n}`);
    }
    let over = false;
    const load = (async () => {
      for (let n = 0; !over; n++) {
        equal(statusOf(await alice.message("sip:bob@example.test", `during ${n}`)), 202);
        during.push(`during ${n}`);
        equal(statusOf(await alice.message(carol.aor, `relayed ${n}`)), 200);
      }
    })();
    const file = `${parley.dir}/kept.parley`;
    const backup = await parley.command("backup", file);
    over = true;
    await load;
    equal(backup.code, 0, backup.output);
    ok(backup.output.includes(file), backup.output);
    ok(Deno.statSync(file).isFile);
    ok(during.length > 0, "no load while the backup ran");
    const again = await parley.command("backup", file);
    notEqual(again.code, 0);
    match(again.output, /exists already/);

    await using other = await ParleyProcess.start({ users: users("mallory") });
    const live = await other.command("restore", file);
    notEqual(live.code, 0);
    match(live.output, /stop it first/);
    await other.stop();
    const refused = await other.command("restore", file);
    notEqual(refused.code, 0);
    match(refused.output, /--force/);
    await Deno.remove(`${other.dir}/data`, { recursive: true });
    const restored = await other.command("restore", file);
    equal(restored.code, 0, restored.output);
    await other.run();

    const bob = await open(other, "bob");
    equal(statusOf(await bob.register()), 200);
    const texts = await bob.messages(before.length, 20_000);
    equal(texts.slice(0, before.length).join(), before.join());
    const second = await open(other, "carol");
    const query = await second.request({ method: "REGISTER", uri: "sip:example.test", to: `<${second.aor}>` });
    ok((query.headers.get("contact") ?? []).join().includes(carol.contact.slice(1, -1)), query.raw);
    equal(statusOf(await second.register()), 200);
    // 202 where it waits behind those that are being pushed still.
    const marker = statusOf(await second.message(bob.aor, "marker"));
    ok(marker === 200 || marker === 202, String(marker));
    await bob.requestArrived((request) => request.body === "marker");
    const all = (await bob.messages(1)).filter((text) => text !== "marker");
    equal(new Set(all).size, all.length, "a message came twice");
    for (const text of all.slice(before.length)) ok(during.includes(text), text);
    // Who was added to the replaced box only is unknown.
    const mallory = await open(other, "mallory");
    const stranger = statusOf(await mallory.register());
    ok(stranger === 401 || stranger === 403 || stranger === 404, String(stranger));
    for (const client of [alice, carol, bob, second, mallory]) client.close();
    await other.stop();
    const forced = await other.command("restore", file, "--force");
    equal(forced.code, 0, forced.output);
  },
);

Deno.test("a damaged backup is refused, and what is there stays", options, async () => {
  await using parley = await ParleyProcess.start({ users: users("alice") });
  const file = `${parley.dir}/kept.parley`;
  equal((await parley.command("backup", file)).code, 0);
  await parley.stop();
  const octets = await Deno.readFile(file);
  const changed = octets.slice();
  changed[changed.length >> 1] ^= 1;
  for (const [content, said] of [[octets.subarray(0, -1), /is cut off/], [changed, /is a damaged backup/]] as const) {
    await Deno.writeFile(file, content);
    const refused = await parley.command("restore", file, "--force");
    notEqual(refused.code, 0);
    match(refused.output, said);
  }
  await parley.run();
  const alice = await open(parley, "alice");
  equal(statusOf(await alice.register()), 200);
  alice.close();
});

Deno.test(
  "the audit log is verified and exported by the launched program, within its permissions",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice") });
    const file = `${parley.dir}/audit.jsonl`;
    equal((await parley.command("token", "create")).code, 0);
    const exported = await parley.command("audit", "--export", file);
    equal(exported.code, 0, exported.output);
    const events = (await Deno.readTextFile(file)).trimEnd().split("\n").map((line) => JSON.parse(line).event);
    equal(events.join(), "user.added,token.create");
    const verified = await parley.command("audit", "--verify");
    equal(verified.code, 0, verified.output);
    match(verified.output, /is whole: 2 entries, 1 to 2/);
  },
);

Deno.test(
  "a new sealing key, with the box running and stopped: what was stored before still arrives [PRI-11]",
  options,
  async () => {
    await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
    const key = (): string => Deno.readTextFileSync(`${parley.dir}/data/parley.key`);
    const alice = await open(parley, "alice");
    equal(statusOf(await alice.register()), 200);
    equal(statusOf(await alice.message("sip:bob@example.test", "under the first key")), 202);
    const first = key();
    const live = await parley.command("key", "rotate");
    equal(live.code, 0, live.output);
    notEqual(key(), first);
    equal(statusOf(await alice.message("sip:bob@example.test", "under the second key")), 202);
    await parley.stop();
    const second = key();
    const stopped = await parley.command("key", "rotate");
    equal(stopped.code, 0, stopped.output);
    notEqual(key(), second);
    await parley.run();
    equal(statusOf(await alice.message("sip:bob@example.test", "under the third key")), 202);
    const bob = await open(parley, "bob");
    equal(statusOf(await bob.register()), 200);
    equal((await bob.messages(3)).join(), "under the first key,under the second key,under the third key");
    for (const client of [alice, bob]) client.close();
  },
);
