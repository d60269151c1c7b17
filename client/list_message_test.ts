import assert from "node:assert/strict";
import { fromLatin1 } from "../foundation/mod.ts";
import { type CarriedUriList, findUriList, parseCpim, partHeader } from "../transport/payload/mod.ts";
import type { CallUser, SipRequest } from "../transport/sip/mod.ts";
import { reply } from "./sip_line.ts";
import { MemoryNetwork } from "./testing/memory_network.ts";

const PEOPLE = ["sip:bob@home.test", "sip:carol@home.test"];

/** A client, and an exploder that answers with these statuses. */
function world(...statuses: number[]) {
  const network = new MemoryNetwork();
  const home = network.device("home.test", { understood: ["recipient-list-invite"] });
  const alice = network.device("phone.test", { aor: "sip:alice@home.test" });
  const requests: SipRequest[] = [];
  home.layer.user = {
    onRequest: (transaction) => {
      const { request } = transaction;
      if (home.calls.owns(request)) return home.calls.handle(transaction);
      if (request.method === "ACK") return;
      requests.push(request);
      reply(transaction, statuses.shift() ?? 500);
    },
    onStrayResponse() {},
  };
  return { network, alice, requests };
}

function carried(request: SipRequest): CarriedUriList {
  return findUriList({
    contentType: request.get("Content-Type") ?? "",
    disposition: request.get("Content-Disposition") ?? "",
    body: request.body,
  });
}

Deno.test("a message to many goes once, with the list beside it (RFC 5365) [SND-2]", async () => {
  const { network, alice, requests } = world(202);
  const message = alice.client.sendToList(PEOPLE, "hello all")!;
  await network.until(() => message.state === "sent", "the answer");
  const [request] = requests;
  assert.deepEqual([request.method, `${request.uri}`], ["MESSAGE", "sip:exploder@home.test"]);
  assert.equal(request.get("Require"), "recipient-list-message");
  const { list, rest } = carried(request);
  assert.deepEqual(list!.entries.map(({ address }) => address), PEOPLE);
  assert.equal(rest.length, 1);
  assert.equal(partHeader(rest[0], "Content-Type"), "message/cpim");
  assert.equal(new TextDecoder().decode(parseCpim(rest[0].body).body), "hello all");
  // Its 202 says that copies go out, not that it waits for somebody.
  assert.equal(message.deferred, false);
});

Deno.test("a message to many that the service refuses has failed with its words", async () => {
  const { network, alice } = world(403);
  const message = alice.client.sendToList(PEOPLE, "hello all")!;
  await network.until(() => message.state === "failed", "the answer");
  assert.equal(alice.notes.statesOf(message), "failed: it is not allowed (403)");
});

Deno.test("one that is too large for a MESSAGE goes as a large message to the same list", async () => {
  const { network, alice, requests } = world(413, 403);
  const message = alice.client.sendToList(PEOPLE, "hello all")!;
  await network.until(() => requests.length === 2, "the invitation");
  const [, invite] = requests;
  assert.deepEqual([invite.method, `${invite.uri}`], ["INVITE", "sip:exploder@home.test"]);
  assert.equal(invite.get("Require"), "recipient-list-invite");
  assert.match(invite.get("Contact")!, /\+g\.oma\.sip-im\.large-message/);
  const { list, rest } = carried(invite);
  assert.deepEqual(list!.entries.map(({ address }) => address), PEOPLE);
  assert.equal(partHeader(rest[0], "Content-Type"), "application/sdp");
  await network.until(() => message.state === "failed", "the answer");
});

Deno.test("a client that is not asked for a list takes none: an INVITE that requires it is refused 420", async () => {
  const network = new MemoryNetwork();
  const alice = network.device("alice.test");
  const bob = network.device("bob.test", { door: true });
  let status = 0;
  const user: CallUser = { onRefused: (_call, refusal) => void (status = refusal), onEnded() {} };
  alice.calls.invite({
    uri: bob.uri,
    from: `<${alice.uri}>`,
    to: `<${bob.uri}>`,
    headers: [["Require", "recipient-list-invite"]],
    description: {
      contentType: "application/sdp",
      body: fromLatin1(
        "v=0\r\no=- 1 1 IN IP4 alice.test\r\ns=-\r\nc=IN IP4 alice.test\r\nt=0 0\r\nm=message 2855 TCP/MSRP *\r\n" +
          "a=path:msrp://alice.test:2855/a1;tcp\r\na=accept-types:*\r\n",
      ),
    },
  }, user);
  await network.until(() => status !== 0, "the answer");
  assert.deepEqual([status, bob.client.sessions], [420, 0]);
});
