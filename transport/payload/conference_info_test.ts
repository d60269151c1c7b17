import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../foundation/mod.ts";
import {
  type ConferenceInfo,
  DISCONNECTION_METHODS,
  ENDPOINT_STATUSES,
  INFO_STATES,
  JOINING_METHODS,
  MEDIA_STATUSES,
} from "./conference_info.ts";
import { readConferenceInfo } from "./conference_reader.ts";
import { writeConferenceInfo } from "./conference_writer.ts";
import examples from "./testdata/conference_examples.json" with { type: "json" };

const read = (text: string) => readConferenceInfo(utf8(text));

function example(from: string, number: number): ConferenceInfo {
  return read(examples.find((one) => one.from === from && one.number === number)!.text);
}

const MIKE = "sip:mike@example.com";
const WHEN = "2005-03-04T20:00:00Z";
const AUDIO = { id: "1", displayText: "main audio", type: "audio", label: "34567", status: "sendrecv" } as const;

const BASIC: ConferenceInfo = {
  entity: "sips:conf233@example.com",
  state: "full",
  version: 1,
  description: {
    subject: "Agenda: This month's goals",
    serviceUris: { state: "full", entries: [{ uri: "http://sharepoint/salesgroup/", purpose: "web-page" }] },
  },
  conferenceState: { userCount: 33 },
  users: {
    state: "full",
    users: [{
      entity: "sip:bob@example.com",
      state: "full",
      displayText: "Bob Hoskins",
      endpoints: [{
        entity: "sip:bob@pc33.example.com",
        state: "full",
        displayText: "Bob's Laptop",
        status: "disconnected",
        disconnectionMethod: "departed",
        disconnectionInfo: { when: WHEN, reason: "bad voice quality", by: MIKE },
        media: [{ ...AUDIO, srcId: "432424" }],
      }],
    }, {
      entity: "sip:alice@example.com",
      state: "full",
      displayText: "Alice",
      endpoints: [{
        entity: "sip:4kfk4j392jsu@example.com;grid=433kj4j3u",
        state: "full",
        status: "connected",
        joiningMethod: "dialed-out",
        joiningInfo: { when: WHEN, by: MIKE },
        media: [{ ...AUDIO, srcId: "534232" }],
      }],
    }],
  },
};

const RICH: ConferenceInfo = {
  entity: "sips:conf233@example.com",
  state: "partial",
  version: 5,
  description: {
    displayText: "Weekly Sales Meeting",
    subject: "Agenda: This month's goals",
    freeText: "We will start strict on time",
    keywords: ["sales", "meeting", "weekly"],
    confUris: {
      state: "full",
      entries: [
        { uri: "tel:+18005671234", displayText: "TTI Bridge", purpose: "participation" },
        { uri: "h323:conf545@h323.example.com", purpose: "participation" },
        { uri: "http://real.streaming.com/54634/live.ram", purpose: "streaming" },
      ],
    },
    serviceUris: {
      state: "full",
      entries: [
        { uri: "http://sharepoint/salesgroup/", purpose: "web-page" },
        { uri: "http://quicktime.com/54634/recording.mov", displayText: "Quicktime", purpose: "recording" },
      ],
    },
    maximumUserCount: 100,
    availableMedia: [
      { label: "34567", displayText: "main audio", type: "audio", status: "sendrecv" },
      { label: "34569", displayText: "main video", type: "video", status: "inactive" },
    ],
  },
  host: {
    displayText: "Sales Host",
    webPage: "http://sharepoint/salesgroup/hosts/",
    uris: { state: "full", entries: [{ uri: "sip:sales@example.com" }] },
  },
  conferenceState: { userCount: 32, active: true, locked: false },
  users: {
    state: "full",
    users: [{
      entity: "sip:bob@example.com",
      state: "full",
      displayText: "Bob Hoskins",
      associatedAors: { state: "full", entries: [{ uri: "mailto:bob@example.com", displayText: "email" }] },
      roles: ["participant"],
      languages: ["en"],
      endpoints: [{
        entity: "sip:bob@pc33.example.com",
        state: "full",
        displayText: "Bob's Laptop",
        referred: { when: WHEN, reason: "expert required", by: MIKE },
        status: "disconnecting",
        joiningMethod: "dialed-out",
        joiningInfo: { when: WHEN, reason: "invitation", by: MIKE },
        disconnectionMethod: "booted",
        disconnectionInfo: { when: WHEN, reason: "bad voice quality", by: MIKE },
        media: [{ ...AUDIO, srcId: "432424" }],
        callInfo: { displayText: "full info", callId: "hsjh8980vhsb78", fromTag: "vav738dvbs", toTag: "8954jgjg8432" },
      }],
    }],
  },
  sidebarsByRef: {
    state: "partial",
    entries: [
      { uri: "sips:conf233@example.com;grid=45", displayText: "sidebar with Carol" },
      { uri: "sips:conf233@example.com;grid=21", displayText: "private with Peter" },
    ],
  },
  sidebarsByVal: {
    state: "partial",
    entries: [{
      entity: "sips:conf233@example.com;grid=77",
      state: "partial",
      users: {
        state: "full",
        users: ["bob", "mark", "dan"].map((name) => ({
          entity: `sip:${name}@example.com`,
          state: "full" as const,
          endpoints: [],
        })),
      },
    }],
  },
};

const NICKNAMES: ConferenceInfo = {
  entity: "sip:chatroom22@chat.example.com",
  state: "full",
  version: 1,
  description: { subject: "MSRP nickname example" },
  conferenceState: { userCount: 2 },
  users: {
    state: "full",
    users: [
      {
        entity: "sip:bob@example.com",
        state: "full",
        displayText: "Bob Hoskins",
        nickname: "Dopey Donkey",
        endpoints: [],
      },
      {
        entity: "sip:alice@atlanta.example.com",
        state: "full",
        displayText: "Alice Kay",
        nickname: "Alice the great",
        endpoints: [],
      },
    ],
  },
};

const EXPECTED: readonly (readonly [from: string, number: number, info: ConferenceInfo])[] = [
  ["RFC 4575", 1, BASIC],
  ["RFC 4575", 2, RICH],
  ["RFC 7701", 1, NICKNAMES],
];

Deno.test("every conference document of RFC 4575 and RFC 7701 is read to its last word, and written again", () => {
  assert.equal(EXPECTED.length, examples.length);
  for (const [from, number, info] of EXPECTED) {
    assert.deepEqual(example(from, number), info, `${from} ${number}`);
    assert.deepEqual(readConferenceInfo(writeConferenceInfo(info)), info);
  }
});

const NS = 'xmlns="urn:ietf:params:xml:ns:conference-info"';
const root = (inside: string, more = 'entity="sip:c@x" version="1"') =>
  `<conference-info ${NS} ${more}>${inside}</conference-info>`;
const user = (inside: string) => root(`<users><user entity="sip:a@x">${inside}</user></users>`);

for (
  const [what, text, why] of [
    ["another root", "<conference-info/>", /not a conference-info/],
    ["another namespace", "<conference-info xmlns='urn:x'/>", /not a conference-info/],
    ["no version", root("", 'entity="sip:c@x"'), /without a version/],
    ["no entity", root("", 'version="1"'), /without entity/],
    ["a version that is none", root("", 'entity="sip:c@x" version="-1"'), /version is no number/],
    ["a version of 33 bits", root("", 'entity="sip:c@x" version="4294967296"'), /version is no number/],
    [
      "a state that is none",
      root("", 'entity="sip:c@x" version="1" state="half"'),
      /must be full or partial or deleted/,
    ],
    ["a user without a key", root("<users><user/></users>"), /user without entity/],
    ["a status that is none", user("<endpoint><status>asleep</status></endpoint>"), /status must be pending/],
    [
      "a joining method that is none",
      user("<endpoint><joining-method>x</joining-method></endpoint>"),
      /joining-method/,
    ],
    ["a time that is none", user("<endpoint><joining-info><when>now</when></joining-info></endpoint>"), /no date/],
    ["media without a key", user("<endpoint><media/></endpoint>"), /media without id/],
    ["a URI that is missing", root("<sidebars-by-ref><entry/></sidebars-by-ref>"), /without a uri/],
    ["a flag that is none", root("<conference-state><active>yes</active></conference-state>"), /active must be true/],
    ["a count that is none", root("<conference-state><user-count>x</user-count></conference-state>"), /user-count/],
    [
      "sidebars without end",
      root(
        "<sidebars-by-val><entry entity='a'>".repeat(6) + "</entry></sidebars-by-val>".repeat(6),
      ),
      /more than 4 deep/,
    ],
    ["more elements than any room has", root("<users>" + "<a/>".repeat(5000) + "</users>"), /XML/],
    ["a document type", `<!DOCTYPE a>${root("")}`, /document type/],
  ] as const
) {
  Deno.test(`refused: ${what}`, () => {
    assert.throws(() => read(text), (error) => error instanceof SyntaxError && why.test(error.message));
  });
}

Deno.test("what is not known is passed over, and what is deleted says nothing", () => {
  const info = read(root(
    `<x:y xmlns:x="urn:x"/><users state="partial"><user entity="sip:a@x" state="deleted"><display-text>A</display-text></user></users>`,
    'entity="sip:c@x" version=" 7 " state="partial" z="1"',
  ));
  assert.deepEqual(info, {
    entity: "sip:c@x",
    state: "partial",
    version: 7,
    users: { state: "partial", users: [{ entity: "sip:a@x", state: "deleted", endpoints: [] }] },
  });
  const over = read(root("<users/>", 'entity="sip:c@x" version="8" state="deleted"'));
  assert.deepEqual(over, { entity: "sip:c@x", state: "deleted", version: 8 });
});

const text = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) =>
  text.replace(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "?").trim()
);
const key = text.filter((text) => text !== "");
const word = fc.stringMatching(/^[a-z]{1,8}$/);
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
/** As the reader gives it: what is not said is not there. */
const record = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model).map((all) => Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined)) as T);
const action = record({
  when: optional(fc.constant(WHEN)),
  reason: optional(text),
  by: optional(text),
});
const uris = record({
  state: fc.constantFrom(...INFO_STATES.slice(0, 2)),
  entries: fc.array(record({ uri: key, displayText: optional(text), purpose: optional(text) }), { maxLength: 3 }),
});
const endpoint = record({
  entity: text,
  state: fc.constantFrom(...INFO_STATES.slice(0, 2)),
  displayText: optional(text),
  referred: optional(action),
  status: optional(fc.constantFrom(...ENDPOINT_STATUSES)),
  joiningMethod: optional(fc.constantFrom(...JOINING_METHODS)),
  joiningInfo: optional(action),
  disconnectionMethod: optional(fc.constantFrom(...DISCONNECTION_METHODS)),
  disconnectionInfo: optional(action),
  media: fc.array(
    record({
      id: key,
      displayText: optional(text),
      type: optional(text),
      label: optional(text),
      srcId: optional(text),
      status: optional(fc.constantFrom(...MEDIA_STATUSES)),
    }),
    { maxLength: 2 },
  ),
});
const person = record({
  entity: key,
  state: fc.constantFrom(...INFO_STATES.slice(0, 2)),
  displayText: optional(text),
  nickname: optional(text),
  associatedAors: optional(uris),
  roles: optional(fc.array(text, { maxLength: 2 })),
  languages: optional(fc.array(word, { maxLength: 2 })),
  cascadedFocus: optional(text),
  endpoints: fc.array(endpoint, { maxLength: 2 }),
});

Deno.test("property: what is written is read as the same", () => {
  const documents = record({
    entity: key,
    state: fc.constantFrom(...INFO_STATES.slice(0, 2)),
    version: fc.nat(),
    conferenceState: optional(record({
      userCount: optional(fc.nat()),
      active: optional(fc.boolean()),
      locked: optional(fc.boolean()),
    })),
    users: optional(record({
      state: fc.constantFrom(...INFO_STATES.slice(0, 2)),
      users: fc.array(person, { maxLength: 3 }),
    })),
    sidebarsByRef: optional(uris),
  });
  fc.assert(fc.property(documents, (info) => {
    assert.deepEqual(readConferenceInfo(writeConferenceInfo(info as ConferenceInfo)), info);
  }));
});
