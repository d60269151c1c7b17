/** The examples of RFC 4480 §3 and RFC 5025 §3 that are elements on their own. */
import assert from "node:assert/strict";
import { parseXmlFragment } from "../xml/mod.ts";
import { RPID_NAMESPACE } from "./names.ts";
import type { PresenceComponent } from "./presence_component.ts";
import { personOf, serviceOf } from "./presence_facts.ts";
import { eitherProvided, NOTHING_PROVIDED, providedKey, type ProvidedPresence } from "./provided_presence.ts";
import { PRES_RULES_NAMESPACE, readProvided } from "./read_provided.ts";
import examples from "./testdata/fragment_examples.json" with { type: "json" };
import { composed, lines } from "./testing.ts";

function example(from: string, number: number): string {
  return examples.find((one) => one.from === from && one.number === number)!.text;
}

/** The same, in the namespaces that the text around it tells of. */
function rpid(number: number): string {
  const namespaces = `xmlns="${RPID_NAMESPACE}" xmlns:pt="urn:ietf:params:xml:ns:location-type"`;
  return example("RFC 4480", number).replace(/^<[\w-]+/, (start) => `${start} ${namespaces}`);
}

/** What a watcher reads of an element in a person, and in a tuple. */
const SHOWN = [
  "<rpid:activities><rpid:note>Enjoying the morning paper</rpid:note><rpid:vacation/><rpid:breakfast/>" +
  "<rpid:other>reading</rpid:other></rpid:activities>",
  "<rpid:mood><rpid:note>I'm ready for the bar BOF!</rpid:note><rpid:sleepy/><rpid:thirsty/></rpid:mood>",
  "<rpid:place-is><rpid:audio><rpid:noisy/></rpid:audio><rpid:video><rpid:dark/></rpid:video></rpid:place-is>",
  "<rpid:place-type><lt:street/></rpid:place-type>",
  "<rpid:privacy><rpid:text/><rpid:audio/></rpid:privacy>",
  "<rpid:relationship><rpid:friend/></rpid:relationship>",
  "<rpid:service-class><rpid:postal/></rpid:service-class>",
  "<rpid:sphere><rpid:home/></rpid:sphere>",
  "<rpid:status-icon>http://www.example.com/playing.gif</rpid:status-icon>",
  '<rpid:time-offset description="America/New_York">-300</rpid:time-offset>',
  '<rpid:user-input idle-threshold="600" last-input="2004-10-21T13:20:00.000-05:00">idle</rpid:user-input>',
  "<rpid:user-input>idle</rpid:user-input>",
];

Deno.test("every element of RFC 4480 §3 is shown as it was published", () => {
  SHOWN.forEach((shown, index) => {
    const published = rpid(index + 1);
    assert.deepEqual(
      lines(composed(
        `<dm:person id="p">${published}</dm:person><tuple id="t"><status><basic>open</basic></status>${published}</tuple>`,
      )),
      [`<tuple><status><basic>open</basic></status>${shown}</tuple>`, `<dm:person>${shown}</dm:person>`],
    );
  });
});

function person(number: number): PresenceComponent {
  return composed(`<dm:person id="p">${rpid(number)}</dm:person>`).components[0];
}

Deno.test("what elements of RFC 4480 §3 mean", () => {
  assert.deepEqual(personOf(person(1)).activities, [{
    values: ["vacation", "breakfast"],
    others: ["reading"],
    notes: [{ text: "Enjoying the morning paper", language: "" }],
  }]);
  assert.deepEqual(personOf(person(2)).mood, [{
    values: ["sleepy", "thirsty"],
    others: [],
    notes: [{ text: "I'm ready for the bar BOF!", language: "" }],
  }]);
  assert.equal(personOf(person(8)).sphere, "home");
  assert.equal(personOf(person(9)).statusIcon, "http://www.example.com/playing.gif");
  assert.equal(personOf(person(10)).timeOffset, -300);
  const input = { value: "idle", idleThreshold: 600, lastInput: Date.parse("2004-10-21T18:20:00Z") };
  assert.deepEqual(personOf(person(11)).userInput, input);
  const [service] = composed(`<tuple id="t"><status><basic>open</basic></status>${rpid(11)}</tuple>`).components;
  assert.deepEqual(serviceOf(service).userInput, input);
  assert.deepEqual(personOf(person(12)).userInput, { value: "idle" });
});

/** An element of presence rules as it stands in the RFC, its namespace being that of the document around it. */
function provided(number: number): ProvidedPresence {
  return readProvided([parseXmlFragment(example("RFC 5025", number), () => PRES_RULES_NAMESPACE)]);
}

Deno.test("RFC 5025 §3.3.1.1: of two sets of devices the union", () => {
  const [first, second, union] = [1, 2, 3].map(provided);
  const deviceID = { by: "deviceID", value: "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6" } as const;
  const [biz, home] = ["biz", "home"].map((value) => ({ by: "class", value }) as const);
  assert.deepEqual(first, { ...NOTHING_PROVIDED, devices: [deviceID, biz] });
  assert.deepEqual(second, { ...NOTHING_PROVIDED, devices: [home, biz] });
  assert.deepEqual(union, { ...NOTHING_PROVIDED, devices: [home, biz, deviceID] });
  assert.equal(providedKey(eitherProvided(first, second)), providedKey(union));
  assert.equal(providedKey(eitherProvided(second, first)), providedKey(union));
  assert.notEqual(providedKey(first), providedKey(union));
});
