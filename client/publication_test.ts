import assert from "node:assert/strict";
import { EMPTY } from "../foundation/mod.ts";
import { responseHead, type ServerTransaction } from "../transport/sip/mod.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";

/** A service that answers when it is told to, and a client of it. */
function world() {
  const network = new MemoryNetwork();
  const home = network.device("home.test");
  const held: ServerTransaction[] = [];
  home.layer.user = { onRequest: (transaction) => void held.push(transaction), onStrayResponse() {} };
  const alice = network.device("phone.test", { aor: "sip:alice@home.test" });
  let count = 0;
  return {
    network,
    alice,
    /** The next request, once it is there. */
    async asked(method: string) {
      const at = count++;
      await network.until(() => held.length > at, method);
      assert.equal(held[at].request.method, method);
      return held[at].request;
    },
    /** Nothing more was asked than what `asked` gave. */
    async quiet() {
      await network.pass(2_000);
      assert.equal(held.length, count);
    },
    answer(status: number, etag = "", at = count - 1) {
      const { request } = held[at];
      const headers = etag === "" ? [] : [["SIP-ETag", etag] as const];
      held[at].respond(status, responseHead(request, status, { toTag: "h", headers }), EMPTY);
    },
  };
}

const text = (body: Uint8Array) => new TextDecoder().decode(body);

Deno.test("who leaves while settings are on their way takes them back as soon as they are known", async () => {
  const { network, alice, asked, answer, quiet } = world();
  alice.client.publish({ barred: true });
  await asked("PUBLISH");
  let done = false;
  alice.client.stop(5_000, () => done = true);
  await quiet();
  assert.equal(done, false, "it waits for the answer");
  answer(200, "e1");
  const back = await asked("PUBLISH");
  assert.deepEqual([back.get("Expires"), back.get("SIP-If-Match"), back.body.length], ["0", "e1", 0]);
  // Some services give a tag for what is gone, too.
  answer(200, "e2");
  await network.until(() => done, "the end");
  alice.client.publish({ barred: false });
  await quiet();
});

Deno.test("settings that changed while others were on their way go out after the answer, whatever that was, and once", async () => {
  for (const [status, etag] of [[200, "e1"], [403, ""]] as const) {
    const { alice, asked, answer, quiet } = world();
    alice.client.publish({ answerMode: "manual" });
    await asked("PUBLISH");
    alice.client.publish({ answerMode: "automatic" });
    await quiet();
    answer(status, etag);
    const second = await asked("PUBLISH");
    assert.match(text(second.body), /automatic/);
    assert.equal(second.get("SIP-If-Match") ?? "", etag);
    answer(200, "e2");
    await quiet();
    assert.equal(alice.notes.events.at(-1), "published");
  }
});

Deno.test("settings that changed before a refusal for now are what goes out later, once", async () => {
  const { network, alice, asked, answer, quiet } = world();
  alice.client.publish({ answerMode: "manual" });
  await asked("PUBLISH");
  alice.client.publish({ answerMode: "automatic" });
  answer(503);
  await network.pass(5_000);
  assert.match(text((await asked("PUBLISH")).body), /automatic/);
  answer(200, "e1");
  await quiet();
});
