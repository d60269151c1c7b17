import { equal, match } from "node:assert/strict";
import { hash } from "node:crypto";
import { FakeTime } from "../../foundation/testing.ts";
import { FakeSubscribers, subscriber } from "../sip_core/testing/fake_storage.ts";
import { SessionKeys } from "../sip_core/mod.ts";
import { HttpDigest, type HttpVerdict } from "./http_digest.ts";

const REALM = "example.test";
const SERVED = new Set([REALM, "other.test"]);
const TARGET = "/xcap/resource-lists/users/sip:alice@example.test/index";

class Door {
  readonly time = new FakeTime();
  readonly digest = new HttpDigest(
    new FakeSubscribers([
      subscriber("sip:alice@example.test", "pw-alice"),
      subscriber("sip:carol@other.test", "pw-carol"),
    ]),
    this.time,
    {},
  );

  check(authorization: string | null, target = TARGET, method = "GET"): HttpVerdict {
    return this.digest.check(method, target, authorization, REALM, SERVED, "192.0.2.1");
  }

  nonce(): string {
    const verdict = this.check(null);
    return verdict.outcome === "challenge" ? /nonce="([^"]+)"/.exec(verdict.challenges[0])![1] : "";
  }

  /** Credentials for a GET as MD5 clients write them: `uri` stands between quotes as it is. */
  answer(uri: string, { user = "alice", realm = REALM, tail = "" } = {}): string {
    const md5 = (text: string) => hash("md5", text, "hex");
    const nonce = this.nonce();
    const secret = md5(`${user}:${realm}:pw-${user}`);
    const response = md5(`${secret}:${nonce}:00000001:c:auth:${md5(`GET:${uri}`)}`);
    const start = `Digest username="${user}", realm="${realm}", nonce="${nonce}"`;
    return tail === ""
      ? `${start}, uri="${uri}", response="${response}", qop=auth, nc=00000001, cnonce="c"`
      : `${start}, response="${response}", qop=auth, nc=00000001, cnonce="c", uri="${uri}"${tail}`;
  }
}

Deno.test("the right password is let in, once for each count; a wrong one is not", () => {
  const door = new Door();
  const right = door.answer(TARGET);
  equal(door.check(right).outcome, "ok");
  const again = door.check(right);
  match(again.outcome === "challenge" ? again.challenges[0] : "", /stale=true/);
  equal(door.check(door.answer(TARGET).replace(/response="./, 'response="!')).outcome, "challenge");
});

Deno.test("a target written with raw quotes comes with raw quotes in the digest's uri", () => {
  const door = new Door();
  const raw = `${TARGET}/~~/resource-lists/list[@name="friends"]/entry[@uri="sip:bob@example.test"]`;
  equal(door.check(door.answer(raw), raw).outcome, "ok");
  equal(door.check(door.answer(raw, { tail: " " }), raw).outcome, "ok", "as the last parameter");
  const escaped = raw.replaceAll('"', "%22");
  equal(door.check(door.answer(raw), escaped).outcome, "ok", "a target that was encoded on its way");
  const other = raw.replace("bob", "eve");
  equal(door.check(door.answer(raw), other).outcome, "malformed", "it is for that target alone");
});

Deno.test("what is no list of parameters is refused with a reason, in time linear in it", () => {
  const door = new Door();
  for (const text of ['Digest uri="', 'Digest uri="a"b', 'Digest username="a" uri="b"', "Digest ="]) {
    const verdict = door.check(text);
    match(verdict.outcome === "malformed" ? verdict.why : "", /^Authorization is malformed: ./, text);
  }
  const long = performance.now();
  equal(door.check(`Digest uri="${'" '.repeat(100_000)}`).outcome, "malformed");
  equal(door.check(`Digest uri="${`"${" ".repeat(50)}`.repeat(4000)}x`).outcome, "malformed");
  equal(performance.now() - long < 1000, true);
});

Deno.test("a user of another domain of the box answers for that one; a realm that is not served is asked again", () => {
  const door = new Door();
  const carol = door.check(door.answer(TARGET, { user: "carol", realm: "other.test" }));
  equal(carol.outcome === "ok" && carol.subscriber.aor, "sip:carol@other.test");
  equal(door.check(door.answer(TARGET, { user: "alice", realm: "other.test" })).outcome, "challenge");
  equal(door.check(door.answer(TARGET, { user: "alice", realm: "far.test" })).outcome, "challenge");
});

Deno.test("a key of a browser session opens documents while the session stands, and is no wrong password afterwards", () => {
  const time = new FakeTime();
  const session = "0123456789abcdef";
  let stands = true;
  const keys = new SessionKeys({
    secret: new Uint8Array(32),
    clock: time,
    stands: () => stands,
    endRegistrations: () => {},
  });
  const users = new FakeSubscribers([subscriber("sip:alice@example.test", "pw-alice")]);
  const digest = new HttpDigest(users, time, { attempts: 2 }, keys);
  const { username, password } = keys.issue("sip:alice@example.test", session, 1000);
  const check = (secret: string) => {
    const md5 = (text: string) => hash("md5", text, "hex");
    const asked = digest.check("GET", TARGET, null, REALM, SERVED, "192.0.2.1");
    const nonce = asked.outcome === "challenge" ? /nonce="([^"]+)"/.exec(asked.challenges[0])![1] : "";
    const ha1 = md5(`${username}:${REALM}:${secret}`);
    const response = md5(`${ha1}:${nonce}:00000001:c:auth:${md5(`GET:${TARGET}`)}`);
    const given = `Digest username="${username}", realm="${REALM}", nonce="${nonce}", uri="${TARGET}"`;
    const line = `${given}, response="${response}", qop=auth, nc=00000001, cnonce="c"`;
    return digest.check("GET", TARGET, line, REALM, SERVED, "192.0.2.1");
  };
  equal(check(password).outcome, "ok");
  stands = false;
  for (let i = 0; i < 5; i++) {
    const over = check(password);
    match(over.outcome === "challenge" ? over.why : over.outcome, /session of this key is over/);
  }
  equal(check("forged").outcome, "challenge");
  equal(check("forged").outcome, "locked");
});
