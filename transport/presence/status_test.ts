import assert from "node:assert/strict";
import { compose } from "./compose.ts";
import { personOf } from "./presence_facts.ts";
import type { PersonContent, ServiceContent } from "./presence_content.ts";
import { parsePresence } from "./read_presence.ts";
import { PRESENCE_STATUSES, presenceOfStatus, statusOf, statusOfPerson } from "./status.ts";
import { writePresence } from "./write_presence.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;
const ENTITY = "sip:alice@example.test";

function documentOf(persons: readonly PersonContent[], services: readonly ServiceContent[] = []) {
  return parsePresence(writePresence({ entity: ENTITY, persons, services }));
}

Deno.test("every status can be published and is read again, with its note and its end", () => {
  for (const status of PRESENCE_STATUSES) {
    for (const until of [null, NOW + HOUR]) {
      for (const note of ["", 'back at "2" <really>']) {
        const person = presenceOfStatus(status, { note, until });
        const read = statusOf(documentOf([person]), NOW);
        // Who is available says nothing that could end.
        assert.deepEqual(read, { status, note, until: status === "available" ? null : until });
      }
    }
  }
});

Deno.test("a status is over when its time is, and its note with it", () => {
  for (const status of ["do-not-disturb", "meeting"] as const) {
    const person = presenceOfStatus(status, { note: "room 5", until: NOW + HOUR });
    const source = { key: "p", document: documentOf([person]), publishedAt: NOW };
    assert.equal(statusOf(compose(ENTITY, [source], NOW), NOW).status, status);
    const later = compose(ENTITY, [source], NOW + HOUR);
    assert.deepEqual(statusOf(later, NOW + HOUR), { status: "available", note: "", until: null });
    // Also where nobody has composed it anew.
    assert.equal(statusOfPerson(personOf(source.document.components[0]), NOW + HOUR).status, "available");
  }
});

Deno.test("who is not to be disturbed is unwilling in all services; whoever else has a status is not", () => {
  for (const status of PRESENCE_STATUSES) {
    const { overridingWillingness } = presenceOfStatus(status, { until: NOW });
    assert.deepEqual(
      overridingWillingness,
      status === "do-not-disturb" ? { value: "closed", until: NOW } : undefined,
      status,
    );
  }
});

Deno.test("what other clients publish is told as the status that comes nearest", () => {
  const said = (person: Omit<PersonContent, "id">) => statusOf(documentOf([{ id: "p", ...person }]), NOW);
  const activity = (values: readonly string[], others: readonly string[] = []) =>
    said({ activities: [{ values, others, notes: [] }] }).status;
  assert.equal(activity(["appointment"]), "meeting");
  assert.equal(activity(["looking-for-work", "holiday"]), "vacation");
  assert.equal(activity(["worship"]), "available");
  assert.equal(activity([], ["Do Not Disturb"]), "do-not-disturb");
  assert.equal(activity([], ["gardening"]), "available");
  const tomorrow = { values: ["vacation"], others: [], notes: [], from: NOW + HOUR };
  assert.equal(said({ activities: [tomorrow, { values: ["meal"], others: [], notes: [] }] }).status, "out-to-lunch");
  assert.equal(said({ overridingWillingness: { value: "closed" } }).status, "do-not-disturb");
  assert.equal(said({ overridingWillingness: { value: "open" } }).status, "available");
});

Deno.test("offline is whose services are all closed; a note stays readable", () => {
  const person = presenceOfStatus("vacation", { note: "until Monday" });
  const closed = { id: "a", basic: "closed", contact: ENTITY } as const;
  const open = { id: "b", basic: "open", contact: "mailto:alice@example.test" } as const;
  const offline = statusOf(documentOf([person], [closed]), NOW);
  assert.deepEqual(offline, { status: "offline", note: "until Monday", until: null });
  assert.equal(statusOf(documentOf([person], [closed, open]), NOW).status, "vacation");
  assert.equal(statusOf(documentOf([], [open]), NOW).status, "available");
});

Deno.test("of several persons the one that says something counts", () => {
  const first = { id: "one", className: "home", notes: [{ text: "hello", language: "" }] };
  const second = { ...presenceOfStatus("working"), className: "work" };
  assert.equal(statusOf(documentOf([first, second]), NOW).status, "working");
  assert.equal(statusOf(documentOf([first]), NOW).note, "hello");
});
