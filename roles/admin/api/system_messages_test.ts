import assert from "node:assert/strict";
import { apiOver, ask } from "../testing/api_client.ts";
import { type FakeWorld, withEverybody } from "../testing/fake_services.ts";

const PATH = "/system-messages";

async function asking(
  role = "owner",
): Promise<{ world: FakeWorld; send: (method: string, path: string, body?: unknown) => ReturnType<typeof ask> }> {
  const world = await withEverybody();
  const api = apiOver(world);
  const token = await world.logIn(role);
  return {
    world,
    send: (method, path, body) => ask(api, method, path, { token, ...(body === undefined ? {} : { body }) }),
  };
}

Deno.test("a message of the old shape and one with everything are sent, listed, shown and withdrawn", async () => {
  const { world, send } = await asking();
  const old = await send("POST", PATH, { to: "alice@example.test", text: "Hello" });
  assert.equal(old.status, 202);
  assert.deepEqual([old.json.to, old.json.options, old.json.blocking, old.json.state], [
    "sip:alice@example.test",
    [],
    false,
    "sent",
  ]);
  const whole = await send("POST", PATH, {
    condition: { client: "Old/*", profile: "incomplete", first_use: true },
    text: "Agree?",
    options: [{ label: "Yes" }, { id: "no", label: "No", grants: "none" }],
    blocking: true,
    answer_within: 60,
    on_timeout: "receive",
    expires_at: world.time.now() + 1000,
  });
  assert.equal(whole.status, 202, JSON.stringify(whole.json));
  const { id } = whole.json;
  world.systemMessages.answered(id, "sip:bob@example.test", "no");
  const one = await send("GET", `${PATH}/${id}?limit=1`);
  assert.deepEqual(one.json.message.options.map((option: { answered: number }) => option.answered), [0, 1]);
  assert.deepEqual(one.json.recipients.map(({ uri }: { uri: string }) => uri), ["sip:alice@example.test"]);
  assert.match(one.headers.get("link")!, /after=sip%3Aalice%40example\.test.*rel="next"/);
  const next = await send("GET", `${PATH}/${id}?limit=1&after=sip:alice@example.test`);
  assert.deepEqual(next.json.recipients.map(({ uri, state, option }: Record<string, string>) => [uri, state, option]), [
    ["sip:bob@example.test", "answered", "no"],
  ]);
  assert.equal(next.headers.get("link"), null);
  assert.equal((await send("DELETE", `${PATH}/${id}`)).json.state, "withdrawn");
  assert.deepEqual((await send("GET", PATH)).json.messages.map(({ state }: { state: string }) => state), [
    "withdrawn",
    "sent",
  ]);
  for (const method of ["GET", "DELETE"]) assert.equal((await send(method, `${PATH}/no-such`)).status, 404);
});

Deno.test("what is wrong is told at its field", async () => {
  const { send } = await asking();
  const two = [{ label: "Yes" }, { label: "No" }];
  const cases: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ to: "tel:+1" }, "to"],
    [{ to: "everybody", options: [{ label: "Yes" }] }, "options"],
    [{ to: "everybody", blocking: true }, "blocking"],
    [{ to: "everybody", options: two, answer_within: 0 }, "answer_within"],
    [{ to: "everybody", options: [{ label: "" }, { label: "No" }] }, "options.0.label"],
    [{ to: "everybody", options: [{ label: "a", grants: "all" }, { label: "No" }] }, "options.0.grants"],
    [{ to: "everybody", on_timeout: "all" }, "on_timeout"],
    [{ condition: { client: "" } }, "condition.client"],
    [{ condition: { other: 1 } }, "condition.other"],
    [{ to: "everybody", what: 1 }, "what"],
  ];
  for (const [body, field] of cases) {
    const { status, json } = await send("POST", PATH, { text: "x", ...body });
    assert.equal(status, 422, JSON.stringify(body));
    assert.deepEqual(json.errors.map((error: { field: string }) => error.field), [field]);
  }
  assert.equal((await send("POST", PATH, { to: "sip:nobody@example.test", text: "x" })).status, 404);
});

Deno.test("only those who may send system messages see and withdraw them", async () => {
  for (const role of ["help-desk", "auditor"]) {
    const { world, send } = await asking(role);
    const { id } = await world.systemMessages.send({ to: "everybody", text: "x" }, "admin:owner");
    for (const [method, path] of [["GET", PATH], ["GET", `${PATH}/${id}`], ["DELETE", `${PATH}/${id}`]]) {
      assert.equal((await send(method, path)).status, 403, `${role} ${method}`);
    }
  }
});
