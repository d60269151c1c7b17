import assert from "node:assert/strict";
import { readRlsServices } from "./resource_lists_reader.ts";
import { outcomeOf, parse, put, refused } from "./testing.ts";
import { usageOf } from "./usages.ts";

const AUID = "rls-services";
const LIST = "https://im.example.com/xcap/resource-lists/users/sip:alice@example.com/index/~~/resource-lists/list";

function services(content: string): string {
  return `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services" xmlns:rl="urn:ietf:params:xml:ns:resource-lists">${content}` +
    "</rls-services>";
}

function service(uri: string, content = `<resource-list>${LIST}</resource-list>`): string {
  return `<service uri="${uri}">${content}</service>`;
}

Deno.test("service@uri is unique on the whole server, in other documents and in its own, and free ones are offered", () => {
  const other = { auid: AUID, owner: "sip:bob@example.com", name: "index" };
  const taken = { "sip:friends@example.com": other, "sip:friends.alice@example.com": other };
  const text = services(service("sip:Friends@example.com") + service("sip:friends@EXAMPLE.com;x=1"));
  const condition = refused("uniqueness-failure", /service\[2\].*is taken.*unique on this server/, AUID, text, {
    taken,
  });
  assert.deepEqual(condition, {
    element: "uniqueness-failure",
    exists: [{
      field: "rls-services/service%5B2%5D/@uri",
      alternatives: ["sip:friends-2@example.com", "sip:friends-3@example.com", "sip:friends-4@example.com"],
    }],
  });
  refused("uniqueness-failure", /is taken/, AUID, services(service("sip:x@example.com").repeat(2)));
  const own = { auid: AUID, owner: "sip:alice@example.com", name: "index" };
  put(AUID, services(service("sip:friends@example.com")), { taken: { "sip:friends@example.com": own } });
});

Deno.test("service@uri may not be a user's or a service's of the box", () => {
  const addresses = ["sip:bob@example.com"];
  refused("uniqueness-failure", /is taken/, AUID, services(service("sip:bob@example.com")), { addresses });
});

Deno.test("a list may share the address of its owner, and of nobody else, where pres-list says which list is meant", () => {
  const addresses = ["sip:alice@example.com", "sip:bob@example.com"];
  const own = "sip:alice@EXAMPLE.com;pres-list=RCS";
  const document = put(AUID, services(service(own) + service("sip:alice@example.com;pres-list=work")), { addresses });
  assert.deepEqual(usageOf(AUID)!.serviceUris!(document), [
    "sip:alice@example.com;pres-list=rcs",
    "sip:alice@example.com;pres-list=work",
  ]);
  assert.deepEqual(readRlsServices(document).map(({ aor }) => aor), [
    "sip:alice@example.com;pres-list=rcs",
    "sip:alice@example.com;pres-list=work",
  ]);
  const twice = services(service(own) + service("sip:alice@example.com;x=1;pres-list=rcs"));
  const condition = refused("uniqueness-failure", /service\[2\].*is taken/, AUID, twice, { addresses });
  assert(condition.element === "uniqueness-failure");
  assert.equal(condition.exists[0].alternatives[0], "sip:alice.alice@example.com");
  for (
    const uri of ["sip:bob@example.com;pres-list=rcs", "sip:alice@example.com", "sip:alice@example.com;pres-list="]
  ) {
    refused("uniqueness-failure", /is taken/, AUID, services(service(uri)), { addresses });
  }
  const groups = `<group xmlns="urn:oma:xml:poc:list-service"><list-service uri="${own}"/></group>`;
  refused("uniqueness-failure", /is taken/, "org.openmobilealliance.groups", groups, { addresses });
});

Deno.test("service@uri is an address of a domain served here", () => {
  refused(
    "constraint-failure",
    /not of a domain served here; allowed: sip:<name>@example.com/,
    AUID,
    services(service("sip:x@other.test")),
  );
  refused("constraint-failure", /no address of a service/, AUID, services(service("mailto:x@example.com")));
  refused("constraint-failure", /domain/, AUID, services(service("sip:example.com")));
  put(AUID, services(service("tel:+15550100")));
});

Deno.test("resource-list leads to a list of the same user", () => {
  const wrong = LIST.replace("alice", "bob");
  refused(
    "constraint-failure",
    /tree of another user/,
    AUID,
    services(service("sip:x@example.com", `<resource-list>${wrong}</resource-list>`)),
  );
  const bare = LIST.replace("sip:alice", "alice");
  put(AUID, services(service("sip:x@example.com", `<resource-list>\n ${bare}\n</resource-list>`)));
  const relative = "resource-lists/users/sip:alice@example.com/index/~~/resource-lists/list";
  refused(
    "constraint-failure",
    /no absolute HTTP URI/,
    AUID,
    services(service("sip:x@example.com", `<resource-list>${relative}</resource-list>`)),
  );
  put(AUID, services(service("sip:x@example.com", `<resource-list>${wrong}</resource-list>`)), { owner: "" });
});

Deno.test("a list within a service obeys the rules of lists", () => {
  const twice = `<list><rl:entry uri="sip:a@example.com"/><rl:entry uri="sip:a@example.com"/></list>`;
  refused("uniqueness-failure", /entry\[2\]/, AUID, services(service("sip:x@example.com", twice)));
  const nested = `<list><rl:list name="a"/><rl:list name="a"/></list>`;
  refused("uniqueness-failure", /list\[2\]/, AUID, services(service("sip:x@example.com", nested)));
  refused(
    "constraint-failure",
    /no relative path/,
    AUID,
    services(service("sip:x@example.com", `<list><rl:entry-ref ref="/x"/></list>`)),
  );
});

Deno.test("the schema: a list or a reference, then packages", () => {
  for (
    const content of [
      "",
      `<resource-list>${LIST}</resource-list><list/>`,
      `<packages><package>presence</package></packages><list/>`,
      `<list/><packages><x/></packages>`,
      `<list><rl:entry/></list>`,
      `<list><x:x xmlns:x="urn:x"/><rl:entry/></list>`,
    ]
  ) assert.equal(outcomeOf(AUID, services(service("sip:x@example.com", content))), "schema-validation-error", content);
  refused(
    "local",
    /more than 50 services/,
    AUID,
    services(Array.from({ length: 51 }, (_, i) => service(`sip:x${i}@example.com`)).join("")),
  );
});

Deno.test("services are found by their folded URIs, and read with lists and packages", () => {
  const document = parse(services(
    service("sips:X@EXAMPLE.com:5061") +
      service(
        "sip:y@example.com",
        `<list name="l"><rl:entry uri="sip:a@example.com"/></list><packages><package> presence </package></packages>`,
      ),
  ));
  assert.deepEqual(usageOf(AUID)!.serviceUris!(document), ["sip:X@example.com", "sip:y@example.com"]);
  const [first, second] = readRlsServices(document);
  assert.equal(first.list, LIST);
  assert.equal(first.packages, null);
  assert(typeof second.list !== "string");
  assert.deepEqual(second.list.entries.map(({ aor }) => aor), ["sip:a@example.com"]);
  assert.deepEqual(second.packages, ["presence"]);
});
