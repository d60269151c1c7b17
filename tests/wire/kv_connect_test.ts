/** A box whose store is a KV Connect service: it survives `kill -9`, and goes on while the service is away. */
import { equal, match, ok } from "node:assert/strict";
import { KvConnectServer } from "../support/kv_connect/server.ts";
import { ParleyProcess, users } from "../support/parley.ts";
import { SipClient, statusOf } from "../support/sip_client.ts";

const TOKEN = "a-token-of-the-tests";

Deno.test({
  name: "over KV Connect: kill -9 loses nothing; without the service 503 for what must be stored, the rest goes on",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using service = KvConnectServer.start(TOKEN);
    await using parley = await ParleyProcess.start({
      environment: { DENO_KV_ACCESS_TOKEN: TOKEN },
      users: users("alice", "bob", "carol", "dave"),
      config: `[storage]\nkv = "${service.url}"\n`,
    });
    const open = (user: string) => SipClient.open({ user, domain: parley.domain, port: parley.port, transport: "tcp" });
    const before = await open("alice");
    equal(statusOf(await before.register()), 200);
    equal(statusOf(await before.message("sip:bob@example.test", "before the kill")), 202);
    await parley.kill();
    before.close();
    await parley.run();
    const [alice, bob, carol, dave] = await Promise.all(["alice", "bob", "carol", "dave"].map(open));
    equal(statusOf(await bob.register()), 200);
    equal((await bob.messages(1))[0], "before the kill");
    for (const client of [alice, carol]) equal(statusOf(await client.register()), 200);

    await service.stop();
    const refused = await alice.message("sip:dave@example.test", "no store takes this");
    equal(statusOf(refused), 503, refused.raw);
    match(refused.start, /Message store not available/);
    const begun = performance.now();
    equal(statusOf(await alice.message("sip:dave@example.test", "nor this")), 503);
    ok(performance.now() - begun < 2_000, "once it is known, the answer comes at once");
    equal(statusOf(await dave.register()), 503);
    equal(statusOf(await alice.message(carol.aor, "between those who are there")), 200);
    equal(statusOf(await carol.message(alice.aor, "and back")), 200);
    const down = await readiness(parley);
    equal(down.status, 503);
    match(down.text, /storage.*has not answered/);

    service.resume();
    const end = performance.now() + 30_000;
    while ((await readiness(parley)).status !== 200) {
      ok(performance.now() < end, `not ready: ${(await readiness(parley)).text}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    equal(statusOf(await alice.message("sip:dave@example.test", "this again")), 202);
    equal(statusOf(await dave.register()), 200);
    await dave.messages(1);
    await parley.kill();
    await parley.run();
    const again = await open("dave");
    equal(statusOf(await again.register()), 200);
    // 202 where the kill cut off the removal of the message before, which comes once more then.
    ok([200, 202].includes(statusOf(await again.message(again.aor, "last"))));
    await again.requestArrived(({ body }) => body === "last");
    const texts = [...dave.requests, ...again.requests].filter(({ start }) => start.startsWith("MESSAGE "));
    equal(
      [...new Set(texts.map(({ body }) => body))].join(),
      "this again,last",
      "what was refused is delivered by nobody",
    );

    // A service that is away does not hold up the end of the box (after 5 s `stop` would kill it).
    await service.stop();
    equal(statusOf(await again.register(0)), 503);
    for (const client of [alice, bob, carol, dave, again]) client.close();
    const stopped = performance.now();
    await parley.stop();
    ok(performance.now() - stopped < 4_500);
  },
});

/** /readyz: its status and what it says. */
async function readiness(parley: ParleyProcess): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${parley.ready!.web[0]}/readyz`);
  return { status: answer.status, text: await answer.text() };
}
