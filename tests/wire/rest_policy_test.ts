/** Settings that change while the box runs, seen over connections that stay as they are. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ParleyProcess, users } from "../support/parley.ts";
import { eventually, Rest } from "../support/rest.ts";
import { header, SipClient, statusOf, type TextMessage } from "../support/sip_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
let parley: ParleyProcess;
let ada: Rest;
let alice: SipClient;
let bob: SipClient;
let pid = 0;

Deno.test.beforeAll(async () => {
  parley = await ParleyProcess.start({ users: users("alice", "bob") });
  ada = await Rest.setUp(parley);
  const common = { domain: parley.domain, port: parley.port };
  alice = await SipClient.open({ ...common, user: "alice", transport: "tcp" });
  bob = await SipClient.open({ ...common, user: "bob" });
  for (const client of [alice, bob]) equal(statusOf(await client.register()), 200);
  ({ pid } = parley);
});
Deno.test.afterAll(async () => {
  equal(parley.pid, pid, "the process is another one");
  for (const client of [alice, bob]) client.close();
  await parley[Symbol.asyncDispose]();
});

function send(type: string, body: string): Promise<TextMessage> {
  const headers = [`Content-Type: ${type}`];
  return alice.request({ method: "MESSAGE", uri: bob.aor, to: `<${bob.aor}>`, body, headers });
}

/** What the policy says, by key. */
async function policy(): Promise<Map<string, unknown>> {
  const { settings } = await ada.get<{ settings: { key: string; value: unknown }[] }>("/policy");
  return new Map(settings.map(({ key, value }) => [key, value]));
}

/** Changes the policy; it holds at once. */
async function change(values: Readonly<Record<string, unknown>>): Promise<void> {
  const changes = Object.entries(values).map(([key, value]) => ({ key, value }));
  equal((await ada.patch<{ next: string }>("/policy", { changes })).next, "nothing");
}

Deno.test(
  "the operator changes the size of messages, and that of images alone: 413 from then on, and no more [ADM-6]",
  options,
  async () => {
    const [text, image] = ["x".repeat(900), "GIF89a".padEnd(900, "x")];
    equal(statusOf(await send("text/plain", text)), 200);
    equal(statusOf(await send("image/gif", image)), 200);

    await change({ "pager.max_body_of": { "image/*": 800 } });
    deepEqual((await policy()).get("pager.max_body_of"), { "image/*": 800 });
    const large = await send("image/gif", image);
    equal(statusOf(large), 413, large.raw);
    match(header(large, "warning"), /900 bytes sent, 800 allowed for image\/\*/);
    equal(statusOf(await send("image/gif", image.slice(0, 800))), 200);
    equal(statusOf(await send("text/plain", text)), 200);

    await change({ "pager.max_body": 500 });
    const long = await send("text/plain", text);
    equal(statusOf(long), 413, long.raw);
    match(header(long, "warning"), /900 bytes sent, 500 allowed/);
    equal(statusOf(await send("text/plain", text.slice(0, 500))), 200);

    await change({ "pager.max_body": 3000, "pager.max_body_of": null });
    equal(statusOf(await send("text/plain", "y".repeat(3000))), 200);
    equal(statusOf(await send("image/gif", image)), 200);
    await change({ "pager.max_body": null });
    equal((await policy()).get("pager.max_body"), 1300);
    equal(statusOf(await send("text/plain", "y".repeat(3000))), 413);
  },
);

Deno.test(
  "the operator changes the types that may be sent: 415 with the list, over the same connections",
  options,
  async () => {
    equal(statusOf(await send("application/xml", "<a/>")), 200);
    await change({ "pager.types": ["text/*", "image/png"] });
    const refused = await send("application/xml", "<a/>");
    equal(statusOf(refused), 415, refused.raw);
    equal(header(refused, "accept"), "text/*, image/png");
    equal(statusOf(await send("text/html", "<p>")), 200);
    equal(statusOf(await send("image/png", "png")), 200);
    await change({ "pager.types": null });
    equal(statusOf(await send("application/xml", "<a/>")), 200);
  },
);

Deno.test("a policy that is wrong changes nothing and says what is allowed beside each key", options, async () => {
  const before = await ada.ask("GET", "/policy");
  const changes = [
    { key: "pager.max_body", value: 0 },
    { key: "pager.types", value: ["text"] },
    { key: "deferred.default_days", value: 3 },
  ];
  const wrong = await ada.ask("PATCH", "/policy", { body: { changes } });
  const { errors } = wrong.refused(422, "invalid");
  deepEqual(errors.map(({ field }) => field), ["pager.max_body", "pager.types"]);
  for (const { message } of errors) match(message, /allowed/);
  const strange = await ada.ask("PATCH", "/policy", { body: { changes: [{ key: "log.level", value: "debug" }] } });
  deepEqual(strange.refused(422).errors.map(({ field }) => field), ["log.level"]);
  equal((await ada.ask("GET", "/policy")).text, before.text);
  const etag = before.etag;
  const body = { changes: [{ key: "deferred.default_days", value: 3 }] };
  (await ada.ask("PATCH", "/policy", { body, headers: { "if-match": etag } })).ok();
  (await ada.ask("PATCH", "/policy", { body, headers: { "if-match": etag } })).refused(412, "stale");
});

Deno.test("lock-out: the number of wrong passwords that lock is changed while clients guess", options, async () => {
  const guess = async () => {
    const answer = await bob.request({
      method: "MESSAGE",
      uri: bob.aor,
      body: "?",
      headers: ["Content-Type: text/plain"],
      password: "guess",
    });
    equal(statusOf(answer), 403);
    return header(answer, "retry-after") !== "";
  };
  equal(await guess(), false);
  await ada.settings({ "auth.lockout_attempts": 3 });
  equal(await guess(), false);
  equal(await guess(), true, "the third one locks");
  const right = await bob.message(bob.aor, "the right password, locked");
  equal(statusOf(right), 403);
  ok(Number(header(right, "retry-after")) > 0);
});

Deno.test("the trace is turned off and on, and what is kept has neither text nor credentials", options, async () => {
  interface Traces {
    readonly capacity: number;
    readonly calls: readonly { call_id: string; method: string; status: number }[];
  }
  const callOf = async (callId: string) => {
    const { calls } = await ada.get<Traces>(`/traces?search=${callId}`);
    return calls.find(({ call_id }) => call_id === callId);
  };
  const say = (callId: string) => alice.message(alice.aor, `secret ${callId}`, { callId });
  equal(statusOf(await say("traced-1")), 200);
  deepEqual([(await callOf("traced-1"))?.method, (await callOf("traced-1"))?.status], ["MESSAGE", 200]);
  const ladder = await ada.ask("GET", "/traces/traced-1");
  ok(ladder.ok<{ steps: unknown[] }>().steps.length >= 4);
  ok(!ladder.text.includes("secret") && !/response=/i.test(ladder.text), ladder.text);

  await ada.settings({ "trace.messages": 0 });
  equal((await ada.get<Traces>("/traces")).capacity, 0);
  equal(statusOf(await say("traced-2")), 200);
  equal(await callOf("traced-2"), undefined);
  (await ada.ask("GET", "/traces/traced-1")).refused(404);

  await ada.settings({ "trace.messages": 50 });
  equal((await ada.get<Traces>("/traces")).capacity, 50);
  equal(statusOf(await say("traced-3")), 200);
  await eventually(() => callOf("traced-3"), "the trace has the new message");
  equal(await callOf("traced-2"), undefined);
});

Deno.test(
  "the operator sets the longest message in a session: the policy says so from then on, over a restart too [ADM-4]",
  options,
  async () => {
    equal((await policy()).get("session.max_message"), 65_536);
    await change({ "session.max_message": 20_000 });
    equal((await policy()).get("session.max_message"), 20_000);
    const changes = [{ key: "session.max_message", value: 0 }];
    const wrong = await ada.ask("PATCH", "/policy", { body: { changes } });
    match(wrong.refused(422, "invalid").errors[0].message, /allowed/);
    const before = await ada.get<{ started_at: number }>("/status");
    await ada.post("/restart");
    await eventually(
      async () => (await ada.get<{ started_at: number }>("/status")).started_at > before.started_at,
      "the restart",
    );
    equal((await policy()).get("session.max_message"), 20_000);
  },
);
