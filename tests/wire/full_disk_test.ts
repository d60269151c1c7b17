/**
 * A full disk under the data folder: what cannot be stored is refused, what needs no store goes on, and all of it comes back
 * by itself. The disk is a small tmpfs in a mount namespace of the box's own.
 */
import { equal, match, ok } from "node:assert/strict";
import { SipClient, statusOf } from "../support/sip_client.ts";
import { Child } from "../support/process.ts";
import { ParleyProcess, type ReadyLine, users } from "../support/parley.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const DISK = "24m";
const TEXT = "x".repeat(40_000);

/** True when this process may mount a file system of its own. */
function mayMount(): boolean {
  try {
    return new Deno.Command("unshare", { args: ["-rm", "true"], stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
const ignore = Deno.build.os !== "linux" || !mayMount();
if (ignore) console.log("the full disk is not tested: this machine allows no mount namespace (unshare -rm)");

/** /readyz: its status and what it says. */
async function readiness(web: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${web}/readyz`);
  return { status: answer.status, text: await answer.text() };
}

Deno.test({
  name:
    "a full disk: 503 for what cannot be stored, messages go on between those who are there, and it recovers by itself",
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using parley = await ParleyProcess.start({
      users: users("alice", "bob", "carol", "dave"),
      config: "[pager]\nmax_body = 60000\n[deferred]\nquota_bytes = 100000000\n",
    });
    await parley.stop();
    const disk = `${parley.dir}/disk`;
    await Deno.mkdir(disk);
    const script = `mount -t tmpfs -o size=${DISK} tmpfs "$1" && cp -a "$2/." "$1" && shift 2 && exec "$@"`;
    const box = new Child("parley on a small disk", "unshare", {
      args: ["-rm", "sh", "-c", script, "sh", disk, `${parley.dir}/data`, "node", "tools/run.mjs", "serve"].concat(
        ["--config", `${parley.dir}/parley.toml`, "--data", disk],
      ),
      cwd: ROOT,
    });
    try {
      const [, json] = await box.printed(/^parley ready (\{.*\})$/m, 60_000);
      const ready: ReadyLine = JSON.parse(json);
      await fillAndFree(parley, ready.web[0], `/proc/${box.pid}/root${disk}/ballast`);
    } finally {
      await box.stop();
    }
  },
});

async function fillAndFree(parley: ParleyProcess, web: string, ballast: string): Promise<void> {
  const open = (user: string) => SipClient.open({ user, domain: parley.domain, port: parley.port, transport: "tcp" });
  const [alice, carol, dave] = [await open("alice"), await open("carol"), await open("dave")];
  for (const client of [alice, carol]) equal(statusOf(await client.register()), 200);
  equal((await readiness(web)).status, 200);
  await Deno.writeFile(ballast, new Uint8Array(8_000_000));

  const stored: string[] = [];
  // Large ones until none goes in, then small ones into what space they left.
  for (const filling of [TEXT, TEXT.slice(0, 2000), ""]) {
    let answer = 202;
    for (let n = 0; answer === 202; n++) {
      ok(n < 5_000, "a disk of 24 MB took 40 MB");
      const text = `${filling.length} ${n} ${filling}`;
      const response = await alice.message("sip:bob@example.test", text);
      answer = statusOf(response);
      if (answer === 202) stored.push(text);
    }
    equal(answer, 503);
  }
  ok(stored.length > 10, `only ${stored.length} stored`);
  const down = await readiness(web);
  equal(down.status, 503, down.text);
  match(down.text, /storage/);
  match(down.text, /full/i);
  equal((await fetch(`${web}/healthz`)).status, 200);
  equal(statusOf(await dave.register()), 503, "a binding that cannot be stored");
  for (let n = 0; n < 20; n++) {
    equal(statusOf(await alice.message(carol.aor, `relayed ${n}`)), 200);
    equal(statusOf(await carol.message(alice.aor, `and back ${n}`)), 200);
  }

  await Deno.remove(ballast);
  const end = performance.now() + 60_000;
  while ((await readiness(web)).status !== 200) {
    ok(performance.now() < end, `not ready a minute after there was room again: ${(await readiness(web)).text}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const later = `after ${TEXT}`;
  equal(statusOf(await alice.message("sip:bob@example.test", later)), 202);
  stored.push(later);
  equal(statusOf(await dave.register()), 200);
  const bob = await open("bob");
  equal(statusOf(await bob.register()), 200);
  const texts = await bob.messages(stored.length, 30_000);
  // One whose 503 was sent while it was written may be there all the same; none that had its 202 is missing.
  equal(stored.filter((text) => !texts.includes(text)).length, 0);
  equal(new Set(texts).size, texts.length);
  for (const client of [alice, bob, carol, dave]) client.close();
}
