import assert from "node:assert/strict";
import { XcapProblem } from "../../../transport/xcap/mod.ts";
import { DEFAULT_PRIVACY, type Privacy, privacyDocument, readPrivacy } from "./own_readers.ts";
import { readUserProfile } from "./profile_reader.ts";
import { ALICE, contextOf, OPERATOR, outcomeOf, parse, put, refused, SERVICE } from "./testing.ts";
import { usageOf } from "./usages.ts";

const PROFILE = "org.openmobilealliance.user-profile", LOCKED = "org.openmobilealliance.locked-user-profile";

function profile(content: string, uri = "sip:alice@example.com"): string {
  return `<user-profiles xmlns="urn:oma:xml:xdm:user-profile"><user-profile uri="${uri}">${content}</user-profile></user-profiles>`;
}

const PARTS = [
  "<communication-addresses><comm-addr>sip:alice@example.com</comm-addr><comm-addr>alice@mail.test</comm-addr></communication-addresses>",
  "<display-name>Alice</display-name>",
  "<birth-date>1990-02-28</birth-date>",
  "<name><given-name>Alice</given-name><family-name>Liddell</family-name></name>",
  "<address><country>UK</country><locality>Oxford</locality></address>",
  "<gender>female</gender>",
  "<freetext>Down the hole</freetext>",
  "<communication-types><comm-type>IM</comm-type></communication-types>",
  "<hobbies><hobby>chess</hobby><hobby>cards</hobby></hobbies>",
  "<favourite-links><link>https://example.com/</link></favourite-links>",
];

Deno.test("a profile with every element is taken and read", () => {
  const found = readUserProfile(put(PROFILE, profile(PARTS.join("\n") + `<x:more xmlns:x="urn:x"/>`)));
  assert.deepEqual(found, {
    uri: "sip:alice@example.com",
    addresses: ["sip:alice@example.com", "alice@mail.test"],
    displayName: "Alice",
    birthDate: "1990-02-28",
    name: { "given-name": "Alice", "family-name": "Liddell", "middle-name": "", "name-suffix": "", "name-prefix": "" },
    address: {
      country: "UK",
      region: "",
      locality: "Oxford",
      area: "",
      "street-name": "",
      "street-number": "",
      "postal-code": "",
    },
    gender: "female",
    freetext: "Down the hole",
    communicationTypes: ["IM"],
    hobbies: ["chess", "cards"],
    links: ["https://example.com/"],
  });
  const empty = readUserProfile(put(PROFILE, profile("")));
  assert.deepEqual([empty.displayName, empty.birthDate, empty.gender, empty.hobbies], ["", "", "", []]);
});

Deno.test("each part of a profile stands before the next one", () => {
  for (let i = 0; i + 1 < PARTS.length; i++) {
    put(PROFILE, profile(PARTS[i] + PARTS[i + 1]));
    assert.equal(outcomeOf(PROFILE, profile(PARTS[i + 1] + PARTS[i])), "schema-validation-error", PARTS[i]);
  }
});

Deno.test("the schema of profiles: one user, dates, genders, known elements", () => {
  for (
    const content of [
      "<birth-date>1990-02-30</birth-date>",
      "<gender>x</gender>",
      "<hobbies><x/></hobbies>",
      "<password>x</password>",
    ]
  ) assert.equal(outcomeOf(PROFILE, profile(content)), "schema-validation-error", content);
  const two = profile("").replace(/<user-profile .*<\/user-profile>/, "$&$&");
  assert.equal(outcomeOf(PROFILE, two), "schema-validation-error");
  assert.equal(
    outcomeOf(PROFILE, profile("").replace(/<user-profile .*<\/user-profile>/, "")),
    "schema-validation-error",
  );
});

Deno.test("a profile's uri is its owner's address", () => {
  for (const uri of ["sip:bob@example.com", "sip:alice@example.org", "tel:+15550100", "x"]) {
    refused(
      "constraint-failure",
      /^Wrong User Profile URI.*allowed: "sip:alice@example.com"/,
      PROFILE,
      profile("", uri),
    );
    refused("constraint-failure", /^Wrong User Profile URI/, LOCKED, profile("", uri), { by: OPERATOR });
  }
  for (const uri of ["SIP:alice@EXAMPLE.com", "sip:%61lice@example.com;x=y"]) put(PROFILE, profile("", uri));
});

Deno.test("only the operator writes a locked profile", () => {
  put(LOCKED, profile(PARTS[2]), { by: OPERATOR });
  for (const by of [ALICE, SERVICE]) {
    assert.throws(
      () => put(LOCKED, profile(""), { by }),
      (error) => error instanceof XcapProblem && error.status === 403,
    );
  }
});

Deno.test("a user's profile cannot be removed with its friendly name; cleared it can be, and services remove it", () => {
  const { checkRemoval } = usageOf(PROFILE)!;
  const context = contextOf({ auid: PROFILE, owner: "sip:alice@example.com", name: "user-profile" });
  const named = parse(profile(PARTS.join("")));
  assert.throws(() => checkRemoval!(named, context, ALICE), /cleared by replacing it/);
  checkRemoval!(named, context, SERVICE);
  checkRemoval!(parse(profile("")), context, ALICE);
});

Deno.test("privacy: what is not said is as restrictive as UPROF-2 has it, or as the operator says", () => {
  const auid = "org.parley.privacy";
  const privacy = (content: string) => `<privacy xmlns="urn:parley:xml:privacy">${content}</privacy>`;
  assert.deepEqual(readPrivacy(null), DEFAULT_PRIVACY);
  assert.deepEqual(readPrivacy(put(auid, privacy(""))), DEFAULT_PRIVACY);
  assert.deepEqual(DEFAULT_PRIVACY, {
    searchableByNumber: false,
    showStatus: false,
    locatable: false,
    invisible: false,
    addContactAuthorisation: true,
    contactsOnly: false,
    politeBlock: false,
  });
  const some = put(
    auid,
    privacy("<polite-block>1</polite-block><add-contact-authorisation>false</add-contact-authorisation>"),
  );
  assert.deepEqual(readPrivacy(some), { ...DEFAULT_PRIVACY, politeBlock: true, addContactAuthorisation: false });
  const defaults: Privacy = { ...DEFAULT_PRIVACY, contactsOnly: true, politeBlock: false };
  assert.deepEqual(readPrivacy(some, defaults), { ...defaults, politeBlock: true, addContactAuthorisation: false });
  const all: Privacy = {
    ...DEFAULT_PRIVACY,
    showStatus: true,
    locatable: true,
    invisible: true,
    searchableByNumber: true,
  };
  assert.deepEqual(readPrivacy(put(auid, privacyDocument(all))), all);
  for (const content of ["<invisible/>", "<what>true</what>", "<invisible>1</invisible>".repeat(2)]) {
    assert.equal(outcomeOf(auid, privacy(content)), "schema-validation-error", content);
  }
});
