import assert from "node:assert/strict";
import { accessOf } from "../permission.ts";
import type { Access } from "../usage.ts";
import { IDENTIFIERS } from "./identifiers.ts";
import { ALICE, BOB, OPERATOR, SERVICE } from "./testing.ts";
import { knownNamespaces, usageOf, USAGES } from "./usages.ts";

const OWNER = "sip:alice@example.com";
const DOMAINS = new Set(["example.com"]);

/** What the owner and what another user may do in the owner's tree, and what users may do in the global tree; "" where there is no tree. */
const TABLE: readonly (readonly [auid: string, owner: Access | "", other: Access | "", global: Access | ""])[] = [
  ["xcap-caps", "", "", "read"],
  ["org.openmobilealliance.xcap-directory", "read", "none", ""],
  ["directory", "read", "none", ""],
  ["resource-lists", "write", "none", ""],
  ["rls-services", "write", "none", "none"],
  ["org.openmobilealliance.groups", "write", "none", "none"],
  ["org.openmobilealliance.group-usage-list", "write", "none", ""],
  ["org.openmobilealliance.user-profile", "write", "read", ""],
  ["org.openmobilealliance.locked-user-profile", "read", "none", ""],
  ["org.openmobilealliance.access-rules", "write", "none", ""],
  ["pres-rules", "write", "none", ""],
  ["org.openmobilealliance.pres-rules", "write", "none", ""],
  ["pidf-manipulation", "write", "none", ""],
  ["org.openmobilealliance.pres-content", "write", "none", ""],
  ["org.openmobilealliance.conv-history", "write", "none", ""],
  ["org.openmobilealliance.deferred-list", "write", "none", ""],
  ["org.parley.quick-answers", "write", "none", ""],
  ["org.parley.contact-requests", "read", "none", ""],
  ["org.parley.privacy", "write", "none", ""],
];

for (const [auid, owner, other, global] of TABLE) {
  Deno.test(`who may do what with ${auid}`, () => {
    const usage = usageOf(auid)!;
    assert.deepEqual([...usage.trees], [...(owner === "" ? [] : ["users"]), ...(global === "" ? [] : ["global"])]);
    const name = IDENTIFIERS.userProfile.document;
    const [own, shared] = [{ auid, owner: OWNER, name }, { auid, owner: "", name }];
    if (owner !== "") assert.equal(accessOf(ALICE, usage, own, DOMAINS), owner);
    if (other !== "") assert.equal(accessOf(BOB, usage, own, DOMAINS), other);
    if (global !== "") assert.equal(accessOf(ALICE, usage, shared, DOMAINS), global);
    // A user without an address is nobody's owner, of the global tree neither.
    assert.notEqual(accessOf({ kind: "user", aor: "" }, usage, shared, DOMAINS), "write");
    for (const by of [OPERATOR, SERVICE]) assert.equal(accessOf(by, usage, own, DOMAINS), "write");
  });
}

Deno.test("the table names every usage, once", () => {
  assert.deepEqual(TABLE.map(([auid]) => auid), [...USAGES.keys()]);
  assert.deepEqual(Object.values(IDENTIFIERS).map(({ auid }) => auid).sort(), [...USAGES.keys()].sort());
  for (const [auid, usage] of USAGES) assert.equal(usage.auid, auid);
  assert.equal(usageOf("test-app"), undefined);
});

Deno.test("identifiers are those of the RFCs and of OMA", () => {
  const facts = (auid: string) => {
    const { mediaType, namespace, documentName } = usageOf(auid)!;
    return [mediaType, namespace, typeof documentName === "string" ? documentName : "*"];
  };
  assert.deepEqual(facts("resource-lists"), [
    "application/resource-lists+xml",
    "urn:ietf:params:xml:ns:resource-lists",
    "*",
  ]);
  assert.deepEqual(facts("pres-rules"), ["application/auth-policy+xml", "urn:ietf:params:xml:ns:pres-rules", "*"]);
  assert.deepEqual(facts("org.openmobilealliance.pres-rules"), [
    "application/auth-policy+xml",
    "urn:ietf:params:xml:ns:common-policy",
    "pres-rules",
  ]);
  assert.deepEqual(facts("pidf-manipulation"), ["application/pidf+xml", "urn:ietf:params:xml:ns:pidf", "index"]);
  assert.deepEqual(facts("org.openmobilealliance.groups"), [
    "application/vnd.oma.poc.groups+xml",
    "urn:oma:xml:poc:list-service",
    "*",
  ]);
  assert.deepEqual(facts("org.openmobilealliance.deferred-list"), [
    "application/vnd.oma.im.deferred-list+xml",
    "urn:oma:xml:im:history-list",
    "deferred-list",
  ]);
});

Deno.test("names that clients pick are one segment; icons have a folder of their own", () => {
  const allowed = (auid: string, name: string) => {
    const { documentName } = usageOf(auid)!;
    return typeof documentName === "string" ? documentName === name : documentName(name);
  };
  for (const name of ["index", "Mis Documentos", "é", "a.xml"]) assert(allowed("resource-lists", name), name);
  for (const name of ["", "a/b", ".", "..", "~~", "a\n", "x".repeat(129)]) {
    assert(!allowed("resource-lists", name), name);
  }
  const icons = "org.openmobilealliance.pres-content";
  assert(allowed(icons, "oma_status-icon/rcs_status_icon"));
  for (const name of ["index", "oma_status-icon/", "oma_status-icon/a/b", "oma_status-icon/.."]) {
    assert(!allowed(icons, name), name);
  }
});

Deno.test("what the server makes itself nobody has a grammar for, and the rest all have one", () => {
  for (const { auid, made, trees, grammar } of USAGES.values()) {
    assert.equal(grammar === null, made !== undefined && made.length === trees.length, auid);
  }
  const known = knownNamespaces();
  assert.equal(new Set(known).size, known.length);
  for (const namespace of ["urn:ietf:params:xml:ns:common-policy", "urn:oma:xml:xdm:extensions"]) {
    assert(known.includes(namespace));
  }
});
