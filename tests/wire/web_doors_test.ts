/** What the web doors of a box as it is shipped carry, and when: large SIP messages as the settings say, goodbyes at a stop. */
import { equal, match, ok } from "node:assert/strict";
import { ChatProcess } from "../support/chat_process.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";
import { ParleyProcess, users } from "../support/parley.ts";

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "SIP over WebSocket carries messages as large as limits.message lets them be, both ways",
  options,
  async () => {
    await using parley = await ParleyProcess.start({
      users: users("alice", "bob"),
      config: "[limits]\nmessage = 1048576\n[pager]\nmax_body = 1000000\n",
    });
    const [alice, bob] = await Promise.all(
      ["alice", "bob"].map((user) =>
        SipClient.open({ user, domain: parley.domain, transport: "ws", port: parley.webPort })
      ),
    );
    for (const client of [alice, bob]) equal(statusOf(await client.register()), 200);
    const body = "0123456789".repeat(90_000);
    const sent = await alice.message(bob.aor, body);
    equal(statusOf(sent), 200, sent.raw.slice(0, 500));
    ok((await bob.messages(1))[0] === body, "the body came as it was sent");
    // A little too long is refused by name; the connection stays for the next one.
    const refused = await alice.message(bob.aor, "x".repeat(1_000_100));
    equal(statusOf(refused), 413, refused.raw.slice(0, 500));
    equal(statusOf(await alice.message(bob.aor, "short")), 200);
    await leave([alice, bob]);
  },
);

Deno.test("a box that stops says goodbye to chats over WebSocket, before their connections end", options, async () => {
  await using parley = await ParleyProcess.start({ users: users("alice", "bob") });
  const clients = ["alice", "bob"].map((name) =>
    ChatProcess.start(name, [
      "--listen",
      "--as",
      `sip:${name}@example.test`,
      "--server",
      `ws://127.0.0.1:${parley.webPort}/ws`,
    ])
  );
  const [alice, bob] = clients;
  for (const client of clients) await client.event("registered");
  await alice.do({ do: "send", to: "sip:bob@example.test", text: "hello", ref: "1" });
  await alice.event("state", ({ ref, state }) => ref === "1" && state === "displayed");
  await parley.stop();
  for (const client of clients) {
    const { reason } = await client.event("chat-ended");
    match(reason, /server shuts down/, client.name);
  }
  await Promise.all(clients.map((client) => client.quit()));
  equal(bob.all("message").length, 1);
});
