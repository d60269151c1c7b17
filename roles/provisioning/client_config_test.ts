import assert from "node:assert/strict";
import { subscriber } from "../sip_core/testing/fake_storage.ts";
import { bestDoor, type ClientDoor, clientDoors, doorUri } from "./client_door.ts";
import { baresipAccount, clientSettings } from "./client_settings.ts";
import { linphoneConfig } from "./linphone_config.ts";

const DOOR: ClientDoor = { transport: "tcp", host: "im.example.test", port: 5060 };

Deno.test("doors are told as clients reach them", () => {
  const doors = ["udp://0.0.0.0:5060", "tcp://[2001:db8::1]:5060", "tls://127.0.0.1:5061", "wss://127.0.0.1:443"];
  assert.deepEqual(clientDoors(doors, "", "192.0.2.7"), [
    { transport: "udp", host: "192.0.2.7", port: 5060 },
    { transport: "tcp", host: "2001:db8::1", port: 5060 },
    { transport: "tls", host: "127.0.0.1", port: 5061 },
  ]);
  assert.deepEqual(clientDoors(doors, "im.example.test", "").map(({ host }) => host), Array(3).fill("im.example.test"));
  assert.equal(doorUri({ transport: "tcp", host: "2001:db8::1", port: 5060 }), "sip:[2001:db8::1]:5060;transport=tcp");
});

Deno.test("TLS where its certificate is trusted, else what works without hands", () => {
  const doors = (["udp", "tcp", "tls"] as const).map((transport) => ({ ...DOOR, transport }));
  assert.equal(bestDoor(doors, true)!.transport, "tls");
  assert.equal(bestDoor(doors, false)!.transport, "tcp");
  assert.equal(bestDoor([doors[2], doors[0]], false)!.transport, "udp");
  assert.equal(bestDoor([doors[2]], false)!.transport, "tls");
  assert.equal(bestDoor([], true), null);
});

Deno.test("linphone's document holds the digests and never a password, SHA-256 behind MD5", () => {
  const user = subscriber("sip:alice@example.test", "wonderland");
  const xml = linphoneConfig(user, DOOR);
  assert.ok(!xml.includes("wonderland") && !xml.includes("passwd"));
  const ha1 = [...xml.matchAll(/name="ha1"[^>]*>([0-9a-f]+)</g)].map(([, value]) => value);
  assert.deepEqual(ha1, [user.credentials.md5, user.credentials.sha256]);
  assert.match(xml, /name="reg_proxy" overwrite="true">&lt;sip:im\.example\.test:5060;transport=tcp&gt;</);
});

Deno.test("a display name cannot leave its place in the document", () => {
  const name = `"]]></entry><script>&\\\u0000\ud800`;
  const xml = linphoneConfig(subscriber("sip:alice@example.test", "x", { displayName: name }), DOOR);
  assert.match(
    xml,
    /reg_identity" overwrite="true">&quot;\\&quot;\]\]&gt;&lt;\/entry&gt;&lt;script&gt;&amp;\\\\&quot; &lt;sip:/,
  );
  assert.equal([...xml.matchAll(/<(?!\/?(?:section|entry|config|\?xml))/g)].length, 0);
});

Deno.test("settings and baresip's line; what the line cannot carry gives none", () => {
  const user = subscriber("sip:alice@example.test", "x");
  assert.deepEqual(clientSettings(user, DOOR), {
    address: "sip:alice@example.test",
    username: "alice",
    domain: "example.test",
    server: "im.example.test:5060",
    transport: "tcp",
  });
  assert.equal(
    baresipAccount(user, DOOR, "pass/word!"),
    "<sip:alice@example.test;transport=tcp>;auth_user=alice;auth_pass=pass/word!" +
      ';outbound="sip:im.example.test:5060;transport=tcp";regint=600',
  );
  assert.match(baresipAccount(user, DOOR, null)!, /auth_pass=YOUR-PASSWORD;/);
  for (const password of ["a;b", 'a"b', "a b", "a<b", "a>b", "pässword"]) {
    assert.equal(baresipAccount(user, DOOR, password), null);
  }
});
