import assert from "node:assert/strict";
import { compose, parsePresence } from "../../../transport/presence/mod.ts";
import { parseXml, xmlAttribute, type XmlElement } from "../../../transport/xml/mod.ts";
import { one } from "../../xdm/rules/testing/rules_world.ts";
import { COMPONENTS, presenceRule, PresenceRulesWorld } from "./testing/presence_rules_world.ts";

const RICH = await Deno.readTextFile(new URL("testdata/rich.xml", import.meta.url));
const GOLDEN = await Deno.readTextFile(new URL("testdata/privacy_matrix.txt", import.meta.url));
const COMPOSITION = compose(
  "sip:alice@example.test",
  [{ key: "one", document: parsePresence(RICH), publishedAt: Date.UTC(2026, 0, 1) }],
  Date.UTC(2026, 0, 1),
);

/** Whom a column is about, and what stands in the documents of the presentity for it. */
interface Column {
  readonly title: string;
  /** Default: somebody whom the column's rule means. */
  readonly watcher?: string;
  /** Transformations of a rule that allows; null: no rule. */
  readonly rule?: string | null;
  readonly handling?: "block" | "confirm" | "polite-block";
}

const LOCATOR = "near", WATCHER = "carol";
const flag = (name: string) => `<pr:provide-${name}>true</pr:provide-${name}>`;
const oma = (name: string) => `<opr:provide-${name}>true</opr:provide-${name}>`;
const ALL = "<pr:provide-all-attributes/>";
const GEOPRIV = "<opr:provide-geopriv>full</opr:provide-geopriv>";
const chosen = (kind: string, by: string, value: string) =>
  `<pr:provide-${kind}><${by.includes(":") ? by : `pr:${by}`}>${value}</${
    by.includes(":") ? by : `pr:${by}`
  }></pr:provide-${kind}>${ALL}`;

/** RFC 5025 §3.3.2: what each permission is about, by the name of the attribute. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  activities: ["activities"],
  class: ["class"],
  deviceID: ["deviceID"],
  mood: ["mood"],
  "place-is": ["place-is"],
  "place-type": ["place-type"],
  privacy: ["privacy"],
  relationship: ["relationship"],
  sphere: ["sphere"],
  "status-icon": ["status-icon"],
  "time-offset": ["time-offset"],
  note: ["note"],
};
const OMA_FLAGS: Readonly<Record<string, readonly string[]>> = {
  willingness: ["willingness", "overriding-willingness"],
  "network-availability": ["network-availability"],
  "session-participation": ["session-participation"],
  "registration-state": ["registration-state"],
  "barring-state": ["barring-state"],
};

const COLUMNS: readonly Column[] = [
  { title: "alice herself", watcher: "alice" },
  { title: "a contact, by no rule", watcher: "friend" },
  { title: "a contact who may locate alice, by no rule", watcher: LOCATOR },
  { title: "who is to be confirmed", handling: "confirm", rule: COMPONENTS + ALL },
  { title: "who is blocked", handling: "block", rule: COMPONENTS + ALL },
  { title: "who is blocked politely", handling: "polite-block", rule: COMPONENTS + ALL },
  { title: "a rule that allows and provides nothing", rule: "" },
  { title: "attributes, but no components", rule: ALL },
  { title: "all components", rule: COMPONENTS },
  { title: "all components and attributes", rule: COMPONENTS + ALL },
  { title: "the same, who may locate alice", rule: COMPONENTS + ALL, watcher: LOCATOR },
  { title: "provide-geopriv", rule: COMPONENTS + GEOPRIV },
  { title: "provide-geopriv, who may locate alice", rule: COMPONENTS + GEOPRIV, watcher: LOCATOR },
  ...Object.keys(FLAGS).map((name) => ({ title: `provide-${name}`, rule: COMPONENTS + flag(name) })),
  ...Object.keys(OMA_FLAGS).map((name) => ({ title: `provide-${name}`, rule: COMPONENTS + oma(name) })),
  ...["bare", "thresholds", "full"].map((value) => ({
    title: `provide-user-input ${value}`,
    rule: `${COMPONENTS}<pr:provide-user-input>${value}</pr:provide-user-input>`,
  })),
  ...["foo", "where"].flatMap((name) =>
    [WATCHER, LOCATOR].map((watcher) => ({
      title: `provide-unknown-attribute ${name}${watcher === LOCATOR ? ", who may locate alice" : ""}`,
      rule: `${COMPONENTS}<pr:provide-unknown-attribute ns="urn:vendor-specific:foo-namespace" name="${name}">true` +
        "</pr:provide-unknown-attribute>",
      watcher,
    }))
  ),
  { title: "services of class work", rule: chosen("services", "class", "work") },
  { title: "the service with the id mail", rule: chosen("services", "occurrence-id", "mail") },
  { title: "the service sip:alice@example.test", rule: chosen("services", "service-uri", "sip:alice@example.test") },
  { title: "services of scheme mailto", rule: chosen("services", "service-uri-scheme", "mailto") },
  {
    title: "the service IM-session",
    rule: chosen("services", "opr:service-id", "org.openmobilealliance:IM-session"),
  },
  { title: "persons of class home", rule: chosen("persons", "class", "home") },
  { title: "the person with the id at-work", rule: chosen("persons", "occurrence-id", "at-work") },
  { title: "devices of class home", rule: chosen("devices", "class", "home") },
  { title: "the device with the id laptop", rule: chosen("devices", "occurrence-id", "laptop") },
  { title: "the device urn:uuid:phone", rule: chosen("devices", "deviceID", "urn:uuid:phone") },
];

/** Everything that a presence document says: each attribute, each text and each empty element, by where it stands. */
function sayings(text: string, components: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  const walk = (element: XmlElement, path: string) => {
    for (const { name, value } of element.attributes) found.push(`${path}@${name}: ${value}`);
    if (element.children.length === 0) {
      found.push(element.text.trim() === "" ? path : `${path}: ${element.text.trim()}`);
    }
    for (const child of element.children) walk(child, `${path}/${child.name}`);
  };
  for (const part of parseXml(text).root.children) {
    const id = xmlAttribute(part, "id");
    if (id === undefined) walk(part, `presentity ${part.name}`);
    else {
      // That it is there says something already.
      const name = components.get(id)!;
      found.push(name);
      for (const child of part.children) walk(child, `${name}/${child.name}`);
    }
  }
  return found;
}

/** What components are called in the table, by their ids in what watchers get: as alice published them. */
const NAMES = new Map(COMPOSITION.components.map(({ id, kind, ids }) => [id, `${kind} ${ids[0]}`]));

async function seen({ watcher = WATCHER, rule = null, handling }: Column): Promise<string> {
  const world = await PresenceRulesWorld.open();
  await world.documents.privacy("alice", { locatable: true });
  await world.documents.lists("alice", {
    oma_buddylist: { uris: ["friend", LOCATOR] },
    oma_locationlist: { uris: [LOCATOR] },
  });
  if (rule !== null) await world.put("alice", [presenceRule(one(watcher), handling ?? "allow", rule)]);
  return COMPOSITION.view((await world.decision("alice", watcher)).rights).text;
}

const texts = await Promise.all(COLUMNS.map(seen));
const columns = texts.map((text) => sayings(text, NAMES));
const rows = columns[0];
const columnOf = (title: string) => columns[COLUMNS.findIndex((column) => column.title === title)];

/** A legend, and a line for each thing that is said: `x` where the watcher of that column gets it. */
function table(): string {
  const legend = COLUMNS.map(({ title }, i) => `${String(i + 1).padStart(2)} ${title}`);
  const tens = COLUMNS.map((_, i) => (i + 1) % 10 === 0 ? String((i + 1) / 10) : " ").join("");
  const ones = COLUMNS.map((_, i) => String((i + 1) % 10)).join("");
  const lines = rows.map((row) => `${columns.map((column) => column.includes(row) ? "x" : ".").join("")} ${row}`);
  return [...legend, "", tens.trimEnd(), ones, ...lines, ""].join("\n");
}

Deno.test("for each rule and each element, what a watcher sees is what the table says, and nothing else", () => {
  for (const [i, column] of columns.entries()) {
    assert.equal(new Set(column).size, column.length, COLUMNS[i].title);
    // What is in a view stands in a row: nothing leaves beside the table.
    for (const saying of column) assert.ok(rows.includes(saying), `${COLUMNS[i].title}: ${saying}`);
  }
  assert.equal(new Set(rows).size, rows.length);
  assert.equal(table(), GOLDEN);
});

Deno.test("the table itself is what RFC 5025 says: a permission shows what it is about, beyond that only what is always shown", () => {
  const always = columnOf("all components");
  /** The attribute of a component that a row is in. */
  const attributeOf = (row: string) => /^(?:\w+ [\w-]+\/(?:status\/)?|presentity )([\w-]+)/.exec(row)?.[1] ?? "";
  for (const [name, about] of Object.entries({ ...FLAGS, ...OMA_FLAGS })) {
    const more = columnOf(`provide-${name}`).filter((row) => !always.includes(row));
    const expected = rows.filter((row) => about.includes(attributeOf(row)) && !always.includes(row));
    assert.ok(expected.length > 0, name);
    assert.deepEqual(more, expected, name);
  }
  const shown = new Set(always.map(attributeOf));
  assert.deepEqual([...shown].filter((one) => one !== "").sort(), [
    "basic",
    "contact",
    "deviceID",
    "service-class",
    "service-description",
    "timestamp",
  ]);
  for (const title of ["who is to be confirmed", "who is blocked", "who is blocked politely"]) {
    assert.deepEqual(columnOf(title), []);
  }
});

Deno.test("no word of where somebody is goes to who is not on the Location List", () => {
  for (const [i, { title, watcher }] of COLUMNS.entries()) {
    if (watcher === LOCATOR || watcher === "alice") continue;
    assert.doesNotMatch(texts[i], /geopriv|gml|5\d\.5 1\d\.4/, title);
  }
  assert.equal(columnOf("all components and attributes").length, rows.filter((row) => !/geopriv|gml/.test(row)).length);
  assert.deepEqual(columnOf("the same, who may locate alice"), rows);
});
