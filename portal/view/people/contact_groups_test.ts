import { deepEqual, equal } from "node:assert/strict";
import { signal } from "@preact/signals-core";
import type { ContactModel, PresenceModel } from "../../model/mod.ts";
import { begins, contactGroups, matchesWords } from "./contact_groups.ts";

const presence = signal<PresenceModel>({ status: "offline", note: "", location: null, reason: "" });
const contact = (name: string, ...lists: string[]): ContactModel => ({
  uri: `sip:${name}@x`,
  name,
  lists,
  blocked: false,
  pending: false,
  presence,
});
const shown = (...given: Parameters<typeof contactGroups>) =>
  contactGroups(...given).map(({ list, contacts }) => [list, ...contacts.map(({ name }) => name)]);

Deno.test("contacts stand under each of their lists, by name, and those without a list at the end", () => {
  const people = [contact("zoë", "Work"), contact("Émile", "Work", "Family"), contact("emil"), contact("Ada", "Gone")];
  deepEqual(shown(people, ["Work", "Family"], "fr"), [
    ["Work", "Émile", "zoë"],
    ["Family", "Émile"],
    ["", "Ada", "emil"],
  ]);
});

Deno.test("a list without contacts is shown; without lists there is one for all", () => {
  deepEqual(shown([contact("a", "Work")], ["Work", "New"], "en"), [["Work", "a"], ["New"]]);
  deepEqual(shown([], [], "en"), [[""]]);
});

Deno.test("a search finds all of its words in name, address and lists, whatever their marks", () => {
  equal(matchesWords("emile", "Émile", "sip:em@x"), true);
  equal(matchesWords("ÉM  x", "Émile", "sip:em@x"), true);
  equal(matchesWords("emile bob", "Émile"), false);
  equal(matchesWords("", "x"), true);
});

Deno.test("a name that begins so is told from one that has it inside", () => {
  equal(begins("Émile", "emi"), true);
  equal(begins("Carol Danvers", "dan"), false);
});
