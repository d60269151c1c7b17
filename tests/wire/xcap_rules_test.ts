/** What a user writes into rules over XCAP decides about the next MESSAGE and the next INVITE. */
import { equal, ok } from "node:assert/strict";
import { Child } from "../support/process.ts";
import { ImDevice } from "../support/im_device.ts";
import { ParleyProcess, passwordOf, users } from "../support/parley.ts";
import { leave, SipClient, statusOf } from "../support/sip_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const CP = "urn:ietf:params:xml:ns:common-policy";
let parley: ParleyProcess;
Deno.test.beforeAll(async () => {
  // Whether a contact has to agree first is another matter (contacts_test.ts).
  const config = '[contacts]\nauthorisation = "never"\n';
  parley = await ParleyProcess.start({ users: users("alice", "bob", "carol", "dave"), config });
});
Deno.test.afterAll(async () => {
  await parley[Symbol.asyncDispose]();
});

/** One XCAP request of a user by plain curl; gives the status. */
async function curl(user: string, method: string, path: string, type = "", body = ""): Promise<number> {
  const send = body === "" ? [] : ["-H", `Content-Type: ${type}`, "--data-binary", body];
  const child = new Child("curl", "curl", {
    args: [
      ...["-sS", "--globoff", "--max-time", "20", "--digest", "-u", `${user}:${passwordOf(user)}`, "-X", method],
      ...["-w", "\n%{http_code}", ...send, `http://127.0.0.1:${parley.webPort}/xcap/${path}`],
    ],
  });
  equal((await child.finished(30_000)).code, 0, child.output);
  const status = Number(child.output.trimEnd().split("\n").at(-1));
  ok(status < 400 || status === 404, child.output);
  return status;
}

const RULES = `org.openmobilealliance.access-rules/users/sip:alice@example.test/access-rules`;
const LISTS = `resource-lists/users/sip:alice@example.test/index`;
const PRIVACY = `org.parley.privacy/users/sip:alice@example.test/index`;
const AUTH = "application/auth-policy+xml";

const rule = (id: string, conditions: string, rejects: boolean): string =>
  `<rule id="${id}"><conditions>${conditions}</conditions><actions><oxe:allow-reject-invite>${rejects}</oxe:allow-reject-invite></actions></rule>`;
const ruleset = (...rules: string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?><ruleset xmlns="${CP}" xmlns:ocp="urn:oma:xml:xdm:common-policy" xmlns:oxe="urn:oma:xml:xdm:extensions">${
    rules.join("")
  }</ruleset>`;
const one = (user: string): string => `<identity><one id="sip:${user}@example.test"/></identity>`;
const anyoneElse = "<ocp:other-identity/>";
const lists = (name: string, ...people: string[]): string =>
  `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="${name}">${
    people.map((user) => `<entry uri="sip:${user}@example.test"/>`).join("")
  }</list></resource-lists>`;
const privacy = (name: string): string => `<privacy xmlns="urn:parley:xml:privacy"><${name}>true</${name}></privacy>`;
const listAnchor = (name: string): string =>
  `http://127.0.0.1:${parley.webPort}/xcap/${LISTS}/~~/resource-lists/list%5b@name=%22${name}%22%5d`;

/** What became of a MESSAGE and an INVITE. */
interface Outcome {
  readonly message: number;
  readonly came: boolean;
  readonly invite: number;
  readonly rang: boolean;
}
const REACHED: Outcome = { message: 200, came: true, invite: 486, rang: true };
const REFUSED: Outcome = { message: 403, came: false, invite: 403, rang: false };

class People {
  readonly alice: SipClient;
  readonly bob: SipClient;
  readonly carol: SipClient;
  readonly dave: SipClient;
  #sent = 0;

  private constructor([alice, bob, carol, dave]: SipClient[]) {
    this.alice = alice;
    this.bob = bob;
    this.carol = carol;
    this.dave = dave;
    // She is busy: what counts is that it rang.
    alice.answer = (request) => request.start.startsWith("INVITE ") ? 486 : 200;
  }

  static async open(): Promise<People> {
    const clients = await Promise.all(["alice", "bob", "carol", "dave"].map(async (user) => {
      const client = await SipClient.open({ user, domain: parley.domain, port: parley.port, transport: "tcp" });
      equal(statusOf(await client.register()), 200);
      return client;
    }));
    return new People(clients);
  }

  /** Tries both ways of reaching Alice. */
  async reach(from: SipClient, more: readonly string[] = []): Promise<Outcome> {
    const text = `number ${++this.#sent}`;
    const callId = `${text.replace(" ", "")}@${from.user}`;
    const message = statusOf(await from.message(this.alice.aor, text, { headers: more }));
    const invite = statusOf(await this.#invite(from, callId, more));
    const came = () =>
      this.alice.requests.some(({ start, body }) => start.startsWith("MESSAGE ") && body.includes(text));
    const rang = this.alice.requests.filter(({ start }) => start.startsWith("INVITE ")).length;
    const before = this.#rings;
    this.#rings = rang;
    return { message, came: came(), invite, rang: rang > before };
  }
  #rings = 0;

  #invite(from: SipClient, callId: string, more: readonly string[]) {
    const body = [
      "v=0",
      "o=- 1 1 IN IP4 127.0.0.1",
      "s=-",
      "c=IN IP4 127.0.0.1",
      "t=0 0",
      "m=message 2855 TCP/MSRP *",
      "a=accept-types:text/plain",
      "a=path:msrp://127.0.0.1:2855/a1b2c3d4e5f6a7b8;tcp",
      "",
    ].join("\r\n");
    return from.request({
      method: "INVITE",
      uri: this.alice.aor,
      to: `<${this.alice.aor}>`,
      callId,
      body,
      headers: [`Contact: ${from.contact}`, "Content-Type: application/sdp", "Max-Forwards: 70", ...more],
    });
  }

  async leave(): Promise<void> {
    await leave([this.alice, this.bob, this.carol, this.dave]);
  }
}

Deno.test(
  "a user blocks another by an XCAP PUT from curl: the next MESSAGE and INVITE are refused; the rule deleted, they arrive [FLT-1] [rp:IM-4]",
  options,
  async () => {
    const people = await People.open();
    const { bob, carol } = people;
    equal(await curl("alice", "PUT", RULES, AUTH, ruleset(rule("other", one("dave"), true))), 201);
    assertOutcome(await people.reach(bob), REACHED);
    const target = `${RULES}/~~/ruleset/rule%5b@id=%22wp_im_bob%22%5d`;
    const blocking = rule("wp_im_bob", one("bob"), true).replace(
      "<rule ",
      `<rule xmlns="${CP}" xmlns:oxe="urn:oma:xml:xdm:extensions" `,
    );
    equal(await curl("alice", "PUT", target, "application/xcap-el+xml", blocking), 201);
    assertOutcome(await people.reach(bob), REFUSED);
    assertOutcome(await people.reach(carol), REACHED);
    equal(await curl("alice", "DELETE", target), 200);
    assertOutcome(await people.reach(bob), REACHED);
    await curl("alice", "DELETE", RULES);
    await people.leave();
  },
);

Deno.test("blocked politely: the sender is answered as ever, and nothing arrives [FLT-1]", options, async () => {
  const people = await People.open();
  const { bob, carol } = people;
  await curl("alice", "PUT", PRIVACY, "application/vnd.parley.privacy+xml", privacy("polite-block"));
  await curl("alice", "PUT", RULES, AUTH, ruleset(rule("wp_im_bob", one("bob"), true)));
  const outcome = await people.reach(bob);
  ok(outcome.message === 200 || outcome.message === 202, `${outcome.message}`);
  // Whatever came later would be behind this.
  assertOutcome(await people.reach(carol), REACHED);
  equal(people.alice.requests.filter(({ headers }) => (headers.get("from") ?? [""])[0].includes("sip:bob@")).length, 0);
  ok(![403, 404].includes(outcome.invite), `an answer that tells: ${outcome.invite}`);
  await curl("alice", "DELETE", PRIVACY);
  await curl("alice", "DELETE", RULES);
  await people.leave();
});

Deno.test(
  "contacts only: strangers are refused, contacts arrive, and who becomes one arrives from then on [PRI-13]",
  options,
  async () => {
    const people = await People.open();
    const { bob, carol } = people;
    await curl("alice", "PUT", LISTS, "application/resource-lists+xml", lists("oma_buddylist", "carol"));
    await curl("alice", "PUT", PRIVACY, "application/vnd.parley.privacy+xml", privacy("contacts-only"));
    assertOutcome(await people.reach(bob), REFUSED);
    assertOutcome(await people.reach(carol), REACHED);
    await curl("alice", "PUT", LISTS, "application/resource-lists+xml", lists("oma_buddylist", "carol", "bob"));
    assertOutcome(await people.reach(bob), REACHED);
    await curl("alice", "DELETE", PRIVACY);
    await curl("alice", "DELETE", LISTS);
    await people.leave();
  },
);

Deno.test(
  "rules for anonymous requests, for a list, and for everybody else, in their order [FLT-1]",
  options,
  async (t) => {
    const people = await People.open();
    const { bob, carol, dave } = people;
    await t.step("anonymous requests are refused, the same sender by name is not", async () => {
      await curl("alice", "PUT", RULES, AUTH, ruleset(rule("wp_im_anonymous", "<ocp:anonymous-request/>", true)));
      assertOutcome(await people.reach(bob, ["Privacy: id"]), REFUSED);
      assertOutcome(await people.reach(bob), REACHED);
    });
    await t.step("a list: who is on it is refused, and no longer who is taken off", async () => {
      await curl("alice", "PUT", LISTS, "application/resource-lists+xml", lists("rogues", "bob", "dave"));
      const external = `<ocp:external-list><ocp:entry anc="${listAnchor("rogues")}"/></ocp:external-list>`;
      await curl("alice", "PUT", RULES, AUTH, ruleset(rule("wp_im_rogues", external, true)));
      assertOutcome(await people.reach(bob), REFUSED);
      assertOutcome(await people.reach(carol), REACHED);
      const entry =
        `${LISTS}/~~/resource-lists/list%5b@name=%22rogues%22%5d/entry%5b@uri=%22sip:bob@example.test%22%5d`;
      equal(await curl("alice", "DELETE", entry), 200);
      assertOutcome(await people.reach(bob), REACHED);
      assertOutcome(await people.reach(dave), REFUSED);
    });
    await t.step("everybody else is refused; who is named, or on a list that may, arrives", async () => {
      const external = `<ocp:external-list><ocp:entry anc="${listAnchor("rogues")}"/></ocp:external-list>`;
      const rules = ruleset(
        rule("wp_im_bob", one("bob"), false),
        rule("wp_im_list", external, false),
        rule("wp_im_unlisted", anyoneElse, true),
      );
      await curl("alice", "PUT", RULES, AUTH, rules);
      assertOutcome(await people.reach(bob), REACHED);
      assertOutcome(await people.reach(dave), REACHED);
      assertOutcome(await people.reach(carol), REFUSED);
    });
    await people.leave();
  },
);

Deno.test(
  "who blocks somebody gets nothing of theirs, and cannot write to them; a chat that stands is ended [PRI-8] [PRI-9]",
  options,
  async () => {
    const [alice, bob] = await Promise.all(["alice", "bob"].map((user) => ImDevice.open(parley, user)));
    await curl("alice", "DELETE", RULES);
    const chat = bob.client.openChat(alice.uri)!;
    chat.send("before");
    await alice.until(() => alice.texts.includes("before"), "a message before");
    await curl("alice", "PUT", LISTS, "application/resource-lists+xml", lists("oma_blockedcontacts", "bob"));
    await bob.until(() => bob.client.sessions === 0, "the end of the chat");
    await alice.until(() => alice.client.sessions === 0, "the end of the chat");
    await Promise.all([alice.close(), bob.close()]);
    const people = await People.open();
    assertOutcome(await people.reach(people.bob), REFUSED);
    equal(statusOf(await people.alice.message(bob.uri, "from her who blocked him")), 403);
    equal(statusOf(await people.alice.message(people.carol.aor, "to somebody else")), 200);
    await curl("alice", "DELETE", LISTS);
    assertOutcome(await people.reach(people.bob), REACHED);
    equal(statusOf(await people.alice.message(bob.uri, "unblocked")), 200);
    await people.leave();
  },
);

Deno.test(
  "the operator decides whether users write to people outside of their contact lists [SND-4] [SND-6]",
  options,
  async () => {
    const refusing = await ParleyProcess.start({
      users: users("alice", "bob", "carol"),
      config: '[contacts]\nauthorisation = "never"\nstrangers = "refused"\n',
    });
    try {
      for (const [box, allowed] of [[parley, true], [refusing, false]] as const) {
        const [alice, bob, carol] = await Promise.all(["alice", "bob", "carol"].map(async (user) => {
          const client = await SipClient.open({ user, domain: box.domain, port: box.port, transport: "tcp" });
          equal(statusOf(await client.register()), 200);
          return client;
        }));
        const xcap = new XcapClient({ user: "alice", domain: box.domain, port: box.webPort });
        await xcap.put(xcap.own("resource-lists", "index"), lists("oma_buddylist", "bob"));
        // What the box itself tells them of the contact may be on its way: then a message goes behind it, 202.
        const passes = async (to: SipClient, text: string): Promise<void> => {
          ok([200, 202].includes(statusOf(await alice.message(to.aor, text))), text);
          await to.requestArrived(({ body }) => body === text);
        };
        await passes(bob, "to a contact");
        if (allowed) await passes(carol, "to a stranger");
        else {
          equal(statusOf(await alice.message(carol.aor, "to a stranger")), 403);
          equal(carol.requests.filter(({ start }) => start.startsWith("MESSAGE ")).length, 0);
        }
        await xcap.put(xcap.own("resource-lists", "index"), lists("oma_buddylist", "bob", "carol"));
        await passes(carol, "to a contact now");
        xcap.close();
        await leave([alice, bob, carol]);
      }
    } finally {
      await refusing[Symbol.asyncDispose]();
    }
  },
);

Deno.test(
  "who writes, who reads a profile, and who changes rules is identified: by password, never by their own word [SEC-10]",
  options,
  async () => {
    const people = await People.open();
    const { alice, bob } = people;
    const forged = await bob.message(alice.aor, "in Carol's name", { from: "<sip:carol@example.test>" });
    ok(statusOf(forged) === 403 || statusOf(forged) === 407, forged.start);
    equal(statusOf(await bob.message(alice.aor, "in his own")), 200);
    const [message] = alice.requests.filter(({ start }) => start.startsWith("MESSAGE "));
    equal((message.headers.get("p-asserted-identity") ?? [""])[0].includes("sip:bob@example.test"), true);
    const stranger = new XcapClient({ user: "bob", domain: parley.domain, port: parley.webPort });
    const profile = "/xcap/org.openmobilealliance.user-profile/users/sip:alice@example.test/user-profile";
    for (const [method, target] of [["GET", profile], ["PUT", `/xcap/${RULES}`], ["DELETE", `/xcap/${RULES}`]]) {
      const answer = await stranger.exchange(method, target, {
        "x-xcap-asserted-identity": '"sip:alice@example.test"',
      });
      equal(answer.status, 401, `${method} ${target}`);
    }
    equal((await stranger.put(`/xcap/${RULES}`, ruleset())).status, 403);
    stranger.close();
    await people.leave();
  },
);

function assertOutcome(found: Outcome, wanted: Outcome): void {
  equal(JSON.stringify(found), JSON.stringify(wanted));
}
