import assert from "node:assert/strict";
import { breaches, importsOf, isTest, type Source } from "./architecture.ts";
import { sourceFiles } from "./support/source_files.ts";

Deno.test("the walls of the house stand", () => {
  const sources = sourceFiles().map((file): Source => ({ file, text: Deno.readTextFileSync(file) }));
  assert.ok(sources.length > 100, "the sources were found");
  assert.deepEqual(breaches(sources), []);
});

/** A small house in order, with these files in place of or beside its own. */
function house(...files: [file: string, text: string][]): string[] {
  const doors = ["foundation", "transport/net", "transport/sip", "storage", "roles/sip_core", "roles/deferred", "web"];
  const texts = new Map(doors.map((room) => [`${room}/mod.ts`, "/** A room. */\n"]));
  for (const [file, text] of files) texts.set(file, text);
  return breaches([...texts].map(([file, text]) => ({ file, text })));
}

Deno.test("a house in order has no breach", () => {
  assert.deepEqual(
    house(
      [
        "roles/deferred/push.ts",
        'import { a } from "../sip_core/mod.ts";\nimport type { B } from "../../storage/mod.ts";\n',
      ],
      ["transport/sip/a.ts", 'import {\n  x,\n  y,\n} from "../../foundation/mod.ts";\nimport { z } from "./b.ts";\n'],
      ["transport/sip/flows/udp.ts", 'Deno.listenDatagram({});\nimport "node:net";'],
      ["appliance.ts", 'import { a } from "./roles/deferred/mod.ts";'],
      ["main.ts", 'Deno.args; const { s } = await import("./appliance.ts");'],
      ["roles/deferred/push_test.ts", 'import { x } from "../sip_core/inner.ts"; Deno.args;'],
    ),
    [],
  );
});

const PLANTED: [name: string, file: string, text: string, breach: RegExp][] = [
  [
    "past a door",
    "roles/deferred/a.ts",
    'import { a } from "../sip_core/b.ts";',
    /^roles\/deferred\/a.ts: imports roles\/sip_core\/b.ts; another room is entered through its door/,
  ],
  [
    "past a door, by a re-export",
    "web/a.ts",
    'export * from "../transport/net/address.ts";',
    /^web\/a.ts: imports transport\/net\/address.ts/,
  ],
  [
    "past a door, for a type, in a call",
    "web/a.ts",
    'const x = await import("../foundation/log.ts");',
    /^web\/a.ts: imports foundation\/log.ts/,
  ],
  [
    "transport to storage",
    "transport/sip/a.ts",
    'import type { S } from "../../storage/mod.ts";',
    /transport\/sip may import foundation, transport\/\*; not storage/,
  ],
  ["transport to a role", "transport/sip/a.ts", 'import "../../roles/deferred/mod.ts";', /not roles\/deferred/],
  [
    "storage to transport",
    "storage/a.ts",
    'import "../transport/net/mod.ts";',
    /^storage\/a.ts: storage may import foundation; not transport\/net/,
  ],
  [
    "foundation to anything",
    "foundation/a.ts",
    'import "../storage/mod.ts";',
    /foundation may import nothing; not storage/,
  ],
  [
    "a role to the root",
    "roles/deferred/a.ts",
    'import "../../appliance.ts";',
    /roles\/deferred does not import the root/,
  ],
  ["the web to a role", "web/a.ts", 'import "../roles/sip_core/mod.ts";', /not roles\/sip_core/],
  [
    "main.ts to a role",
    "main.ts",
    'import "./roles/sip_core/mod.ts";',
    /^main.ts: only the composition roots know the roles/,
  ],
  ["Deno.args elsewhere", "appliance.ts", "const [a] = Deno.args;", /^appliance.ts: only main.ts reads Deno.args/],
  [
    "a Deno API in a pure room",
    "transport/sip/a.ts",
    "const x = Deno.readFileSync(y);",
    /a pure room uses no Deno API/,
  ],
  [
    "a node module in a pure room",
    "foundation/a.ts",
    'import { x } from "node:crypto";',
    /a pure room imports no node: module/,
  ],
  [
    "the program to a test's things",
    "roles/deferred/a.ts",
    'import { F } from "../../foundation/testing.ts";',
    /the program imports nothing of tests/,
  ],
  ["a room without a door", "roles/history/a.ts", "", /^roles\/history\/mod.ts: missing; every room has a door/],
  ["a door that says nothing", "web/mod.ts", 'export { a } from "./a.ts";', /^web\/mod.ts: a door begins with/],
  ["a new room without a rule", "extras/a.ts", 'import "../foundation/mod.ts";', /extras is a room without a rule/],
];
for (const [name, file, text, breach] of PLANTED) {
  Deno.test(`a planted breach is found: ${name}`, () => {
    assert.ok(house([file, text]).some((line) => breach.test(line)), house([file, text]).join("\n") || "no breach");
  });
}

Deno.test("a planted breach is found: roles in a cycle", () => {
  const lines = house(
    ["roles/deferred/a.ts", 'import "../sip_core/mod.ts";'],
    ["roles/sip_core/a.ts", 'import type { D } from "../deferred/mod.ts";'],
  );
  assert.deepEqual(lines, ["roles/deferred -> roles/sip_core -> roles/deferred: rooms import each other in no cycle"]);
});

Deno.test("imports in comments and strings about imports do not count", () => {
  const text =
    '// import "./a.ts";\n/* export * from "./b.ts"; */\nconst s = "import x";\nimport { y } from "./c.ts";\n';
  assert.deepEqual(importsOf({ file: "web/x.ts", text }), ["web/c.ts"]);
  assert.ok(isTest("roles/x/testing/fake.ts") && isTest("foundation/testing.ts") && !isTest("web/mod.ts"));
});
