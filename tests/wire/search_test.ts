/** Who finds whom, and what is told of them: searches over HTTP against a box of its own. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Appended, ParleyStorage, RecordingFacts, TalkKind } from "../../storage/mod.ts";
import { withStorage } from "../support/box_storage.ts";
import { ParleyProcess, passwordOf, type TestUser } from "../support/parley.ts";
import { Rest } from "../support/rest.ts";
import {
  ask,
  CONVERSATIONS,
  found,
  foundUris,
  GROUPS,
  post,
  PROFILES,
  queryOf,
  resultsOf,
  searchSetOf,
} from "../support/search_client.ts";
import { XcapClient } from "../support/xcap_client.ts";

const options = { sanitizeOps: false, sanitizeResources: false };
const DOMAIN = "example.test";
const UP = "urn:oma:xml:xdm:user-profile";
const CONFIG = `[search]
mandatory = ["display-name", "gender"]
minimum_age = 18
max_results = 12
`;

/** What somebody's documents say, in the fields that matter here. */
interface Somebody {
  /** Elements of the public profile; absent: no profile of their own. */
  readonly profile?: string;
  /** The birth date that the operator vouches for. */
  readonly vouched?: string;
  readonly byNumber?: boolean;
  /** On the block list. */
  readonly blocks?: string;
  /** By an access rule. */
  readonly rejects?: string;
}

const named = (name: string, more = "") => `<display-name>${name}</display-name>${more}`;
const adult = (name: string, more = "<gender>male</gender>") =>
  named(name, `<birth-date>1990-06-15</birth-date>${more}`);

/** Everybody has a telephone number; its last digits are their place here. */
const PEOPLE: Readonly<Record<string, Somebody>> = {
  alice: { profile: adult("Alice", "<gender>female</gender>") },
  newbie: { profile: adult("Newbie", "") },
  mallory: { profile: adult("Mallory", "<gender>female</gender>") },
  scout: { profile: adult("Scout", "<gender>female</gender>") },
  scholar: { profile: adult("Scholar", "<gender>female</gender>") },
  // Who may be found, each for another reason or not.
  anna: { profile: adult("Anna"), rejects: "mallory" },
  bob: { profile: adult("Bob"), blocks: "mallory" },
  carol: { profile: adult("Carol"), byNumber: true },
  dora: { profile: adult("Dora"), byNumber: false },
  evan: { profile: adult("Evan", ""), byNumber: true },
  fred: { byNumber: true },
  gil: { profile: named("Gil", "<birth-date>2015-01-01</birth-date><gender>male</gender>"), byNumber: true },
  hugo: { profile: named("Hugo", "<gender>male</gender>"), byNumber: true },
  ivan: { profile: adult("Ivan"), byNumber: true },
  jack: { profile: adult("Jack"), byNumber: true },
  kurt: { profile: named("Kurt", "<gender>male</gender>"), vouched: "1980-02-03" },
  lena: { profile: adult("Lena"), vouched: "2014-05-06", byNumber: true },
  "+15550199": { profile: adult("Nick"), byNumber: true },
  rita: {
    profile:
      `<communication-addresses><comm-addr>rita.miles@mail.test</comm-addr><comm-addr>tel:+15551111</comm-addr>` +
      `</communication-addresses><display-name>Ri &amp; Ta</display-name><birth-date>1985-03-04</birth-date>` +
      `<name><given-name>Marguerita</given-name><family-name>Miles</family-name><middle-name>Maud</middle-name></name>` +
      `<address><country>Norway</country><region>Viken</region><locality>Drammen</locality>` +
      `<street-name>Storgata</street-name></address><gender>female</gender><freetext>Ask me anything</freetext>` +
      `<communication-types><comm-type>IM</comm-type></communication-types>` +
      `<hobbies><hobby>Chess</hobby><hobby>Sailing</hobby></hobbies>` +
      `<favourite-links><link>https://rita.test/</link></favourite-links>`,
  },
};
const numberOf = (name: string) =>
  name.startsWith("+") ? name : `+1555010${String(Object.keys(PEOPLE).indexOf(name)).padStart(2, "0")}`;

/** What a user has recorded: a conversation by MESSAGE, and one in a room. */
async function record(storage: ParleyStorage, owner: string, subject: string): Promise<void> {
  const uri = (name: string) => `sip:${name}@${DOMAIN}`;
  const party = (name: string) => ({ uri: uri(name), name: "" });
  const nobody = { uri: "", name: "" };
  const say = async (kind: TalkKind, peer: string, facts: Partial<RecordingFacts>, at: string): Promise<string> => {
    const { history } = storage;
    const talk = history.begin(kind);
    const parties = [party(owner), party(peer)];
    talk.join({ owner: uri(owner), with: uri(peer), parties, group: nobody, subject, expiresAt: Infinity, ...facts });
    const message = {
      at: Date.parse(at),
      from: party(owner),
      to: uri(peer),
      messageId: peer,
      contentType: "text/plain",
      headers: "",
      file: "",
      body: new TextEncoder().encode(`Ahoy ${peer}`),
      content: null,
    };
    const { error } = await new Promise<Appended>((done) => talk.append(message, [uri(owner)], done));
    equal(error, null);
    talk.close();
    return history.list(uri(owner)).find(({ with: other }) => other === (facts.with ?? uri(peer)))!.reference;
  };
  await say("pager", "carol", {}, "2026-03-01T12:00:00Z");
  const boats = { uri: uri("boats"), name: "" };
  const room = await say("room", "dora", { with: boats.uri, group: boats, subject: "Boats" }, "2026-05-01T12:00:00Z");
  await storage.history.change(uri(owner), room, { name: "summer/boats" });
}

let parley: ParleyProcess;
const clients = new Map<string, XcapClient>();
const as = (user: string): XcapClient => {
  const client = clients.get(user) ?? new XcapClient({ user, domain: DOMAIN, port: parley.webPort });
  clients.set(user, client);
  return client;
};

Deno.test.beforeAll(async () => {
  const users: TestUser[] = Object.keys(PEOPLE).map((name) => ({
    name,
    password: passwordOf(name),
    e164: numberOf(name),
  }));
  parley = await ParleyProcess.start({ domain: DOMAIN, users, config: CONFIG, prepare: writeOperatorDocuments });
  for (const [name, { profile, byNumber, blocks, rejects }] of Object.entries(PEOPLE)) {
    if (profile !== undefined) await putProfile(name, profile);
    if (byNumber !== undefined) await putPrivacy(name, byNumber);
    if (blocks !== undefined) await block(name, blocks);
    if (rejects !== undefined) await reject(name, rejects);
  }
  equal((await parley.command("user", "suspend", `sip:ivan@${DOMAIN}`)).code, 0);
  equal((await parley.command("user", "remove", `sip:jack@${DOMAIN}`)).code, 0);
});
Deno.test.afterAll(async () => {
  for (const client of clients.values()) client.close();
  await parley[Symbol.asyncDispose]();
});

/** What only the operator and the functions of the box write. */
function writeOperatorDocuments(data: string): Promise<void> {
  return withStorage(data, async (storage) => {
    const write = async (auid: string, user: string, name: string, text: string) => {
      const key = { auid, owner: `sip:${user}@${DOMAIN}`, name };
      equal((await storage.documents.put(key, text, null)).kind, "written");
    };
    for (const [user, { vouched }] of Object.entries(PEOPLE)) {
      if (vouched === undefined) continue;
      const text = profileOf(user, `<birth-date>${vouched}</birth-date>`);
      await write("org.openmobilealliance.locked-user-profile", user, "locked-user-profile", text);
    }
    await record(storage, "alice", "Birthday");
    await record(storage, "bob", "Secret");
  });
}

const profileOf = (user: string, elements: string) =>
  `<user-profiles xmlns="${UP}"><user-profile uri="sip:${user}@${DOMAIN}">${elements}</user-profile></user-profiles>`;

async function putProfile(user: string, elements: string): Promise<void> {
  const client = as(user);
  const answer = await client.put(client.own(PROFILES, "user-profile"), profileOf(user, elements));
  ok(answer.status < 300, `${user}: ${answer.status} ${answer.body}`);
}

async function putPrivacy(user: string, byNumber: boolean): Promise<void> {
  const client = as(user);
  const text =
    `<privacy xmlns="urn:parley:xml:privacy"><searchable-by-number>${byNumber}</searchable-by-number></privacy>`;
  const type = { "content-type": "application/vnd.parley.privacy+xml" };
  const answer = await client.put(client.own("org.parley.privacy", "index"), text, type);
  ok(answer.status < 300, `${user}: ${answer.status} ${answer.body}`);
}

async function block(user: string, whom: string): Promise<void> {
  const client = as(user);
  const text = `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list name="oma_blockedcontacts">` +
    `<entry uri="sip:${whom}@${DOMAIN}"/></list></resource-lists>`;
  const answer = await client.put(client.own("resource-lists", "index"), text);
  ok(answer.status < 300, `${user}: ${answer.status} ${answer.body}`);
}

async function reject(user: string, whom: string): Promise<void> {
  const client = as(user);
  const text = `<ruleset xmlns="urn:ietf:params:xml:ns:common-policy"><rule id="r1"><conditions><identity>` +
    `<one id="sip:${whom}@${DOMAIN}"/></identity></conditions><actions><allow-reject-invite ` +
    `xmlns="urn:oma:xml:xdm:extensions">true</allow-reject-invite></actions></rule></ruleset>`;
  const answer = await client.put(client.own("org.openmobilealliance.access-rules", "access-rules"), text);
  ok(answer.status < 300, `${user}: ${answer.status} ${answer.body}`);
}

/** Ways to search, each of which would find everybody whom the rules do not keep back. */
const WAYS = {
  "by a field": `$x/gender = "male" or $x/gender = "female"`,
  "by what is not": `not($x/display-name = "Nobody")`,
  "by User-ID": Object.keys(PEOPLE).map((name) => `$x/@uri = "${name}@${DOMAIN}"`).join(" or "),
  "by number": Object.keys(PEOPLE)
    .map((name) => `$x/communication-addresses/comm-addr = "tel:${numberOf(name)}"`).join(" or "),
} as const;

/** Whom these ways find, in their order: `x` is found, `-` is not. */
const FOUND: Readonly<Record<string, string>> = {
  "anna": "x x x -",
  "bob": "x x x -",
  "carol": "x x x x",
  "dora": "x x x -",
  "evan": "- - - -",
  "fred": "- - - -",
  "gil": "- - - -",
  "hugo": "- - - -",
  "ivan": "- - - -",
  "jack": "- - - -",
  "kurt": "x x x -",
  "lena": "- - - -",
  "+15550199": "- - - x",
};
const WHY: Readonly<Record<string, string>> = {
  "anna": "everything filled in",
  "bob": "everything filled in, nothing chosen about the number",
  "carol": "may be found by number",
  "dora": "may not be found by number",
  "evan": "lacks a mandatory field",
  "fred": "no public profile of his own",
  "gil": "a child by the profile",
  "hugo": "gives no age",
  "ivan": "suspended",
  "jack": "removed",
  "kurt": "the operator vouches for the age",
  "lena": "a child by what the operator knows",
  "+15550199": "the User-ID is a telephone number",
};

Deno.test(
  "who finds whom, cell by cell: mandatory fields, age, state, number and block [UPROF-6] [UPROF-7] [UPROF-9] [UPROF-12] [PRI-10] [rp:XDM-5] [rp:XDM-6] [rp:XDM-7]",
  options,
  async (t) => {
    for (const searcher of ["alice", "mallory"]) {
      for (const [place, [way, where]] of Object.entries(WAYS).entries()) {
        const uris = await foundUris(as(searcher), PROFILES, where);
        for (const [person, cells] of Object.entries(FOUND)) {
          const blocked = PEOPLE[person].blocks === searcher || PEOPLE[person].rejects === searcher;
          const expected = !blocked && cells.split(" ")[place] === "x";
          const why = blocked ? "has blocked the searcher" : WHY[person];
          await t.step(`${searcher} ${way}: ${person} (${why}) is ${expected ? "" : "not "}found`, () => {
            equal(uris.includes(`${person}@${DOMAIN}`), expected, uris.join());
          });
        }
        await t.step(`${searcher} ${way}: not themselves, nobody twice, in order`, () => {
          ok(!uris.includes(`${searcher}@${DOMAIN}`));
          deepEqual(uris, [...new Set(uris)].sort());
        });
      }
    }
    for (const [way, where] of Object.entries(WAYS)) {
      await t.step(`newbie ${way}: nobody, for their own profile lacks a mandatory field`, async () => {
        const refused = await ask(as("newbie"), PROFILES, where);
        equal(refused.status, 403, refused.body);
        match(refused.body, /gender/);
      });
    }
  },
);

/** What is told of rita when the search is by this field, beside her User-ID and friendly name. */
const TOLD: readonly (readonly [where: string, told: string])[] = [
  [`$x/display-name = "ri &amp; ta"`, ""],
  [`$x/@uri = "rita@${DOMAIN}"`, ""],
  [`$x/communication-addresses/comm-addr = "rita.miles@mail.test"`, ""],
  [`$x/name/given-name = "Marguerita"`, ""],
  [`$x/name/family-name = "Miles"`, ""],
  [`$x/name/middle-name = "Maud"`, ""],
  [`$x/birth-date = "1985-03-04"`, "<birth-date>1985-03-04</birth-date>"],
  [`$x/birth-date < "1986-01-01" and $x/birth-date >= xs:date("1985-01-01")`, "<birth-date>1985-03-04</birth-date>"],
  [`$x/address/country = "norway"`, "<address><country>Norway</country></address>"],
  [`$x/address/region = "Viken"`, "<address><region>Viken</region></address>"],
  [`$x/address/locality = "Drammen"`, "<address><locality>Drammen</locality></address>"],
  [
    `$x/gender = "female" and $x/address/country = "Norway"`,
    "<address><country>Norway</country></address><gender>female</gender>",
  ],
  [`$x/freetext = "Ask me anything"`, "<freetext>Ask me anything</freetext>"],
  [`$x/communication-types/comm-type = "IM"`, "<communication-types><comm-type>IM</comm-type></communication-types>"],
  [`$x/hobbies/hobby = "chess"`, "<hobbies><hobby>Chess</hobby></hobbies>"],
  [
    `$x/favourite-links/link = "https://rita.test/"`,
    "<favourite-links><link>https://rita.test/</link></favourite-links>",
  ],
  // Not by what the search was not based on: her country is another one than the one named.
  [`$x/hobbies/hobby = "Sailing" and not($x/address/country = "Sweden")`, "<hobbies><hobby>Sailing</hobby></hobbies>"],
];

Deno.test(
  "what is told of whom, field by field: User-ID and friendly name, and the values that the search was based on [PRI-6] [PRI-7] [UPROF-13] [UPROF-6]",
  options,
  async (t) => {
    for (const [where, told] of TOLD) {
      await t.step(where, async () => {
        const friendly = "<display-name>Ri &#38; Ta</display-name>";
        deepEqual(await found(as("scout"), PROFILES, where), [
          `<user-profile xmlns="${UP}" uri="rita@${DOMAIN}">${friendly}${told}</user-profile>`,
        ]);
      });
    }
    await t.step("no answer has a SIP URI, an e-mail address, a number or a real name in it", async () => {
      const all = TOLD.slice(0, 12).map(([where]) => `(${where})`).join(" or ");
      const { body } = await ask(as("scout"), PROFILES, all);
      match(body, /rita@example\.test/);
      for (const secret of ["sip:", "tel:", "mail.test", "+1555", "Marguerita", "Miles", "Maud", "Storgata"]) {
        ok(!body.includes(secret), `${secret} in ${body}`);
      }
    });
    await t.step(
      "a number that somebody wrote into the profile finds nobody: numbers find whom the operator gave them to",
      async () => {
        deepEqual(await found(as("scout"), PROFILES, `$x/communication-addresses/comm-addr = "tel:+15551111"`), []);
      },
    );
    await t.step("and none can be asked for", async () => {
      const where = `$x/gender = "female" and $x/name/given-name = "Marguerita"`;
      for (const path of ["name/given-name", "communication-addresses/comm-addr", "freetext", "address/street-name"]) {
        const refused = await ask(as("scout"), PROFILES, where, { returns: `<r>{$x/@uri}{$x/${path}}</r>` });
        equal(refused.status, 409, path);
        match(refused.body, /line \d+, column \d+/);
      }
      deepEqual(await found(as("scout"), PROFILES, where, { returns: "<r>{$x/gender}</r>" }), [
        `<r xmlns="${UP}" uri="rita@${DOMAIN}"><display-name>Ri &#38; Ta</display-name><gender>female</gender></r>`,
      ]);
    });
  },
);

Deno.test("conditions are joined by and, or and not, nested as deep as somebody likes [GM-3]", options, async () => {
  const rita = [`rita@${DOMAIN}`];
  const norway = `$x/address/country = "Norway"`, chess = `$x/hobbies/hobby = "Chess"`, male = `$x/gender = "male"`;
  const scholar = as("scholar");
  deepEqual(await foundUris(scholar, PROFILES, `${norway} and (${male} or (${chess} and not(${male})))`), rita);
  deepEqual(await foundUris(scholar, PROFILES, `${norway} and not(${chess} or ${male})`), []);
  // "and" binds closer than "or".
  deepEqual(await foundUris(scholar, PROFILES, `${norway} or ${male} and $x/display-name = "Nobody"`), rita);
  const deep = `${"not(not(".repeat(30)}${norway}${"))".repeat(30)}`;
  deepEqual(await foundUris(scholar, PROFILES, deep), rita);
  const deeper = await ask(scholar, PROFILES, `${"not(".repeat(65)}${norway}${")".repeat(65)}`);
  equal(deeper.status, 409);
  match(deeper.body, /64 deep/);
});

Deno.test("whole values are compared, never parts of them [UPROF-14]", options, async (t) => {
  const scholar = as("scholar");
  for (const part of ["Ask", "Ask me anythin", "Ask*", "%", ""]) {
    deepEqual(await foundUris(scholar, PROFILES, `$x/freetext = "${part}"`), [], part);
  }
  for (
    const [where, why] of [
      [`contains($x/freetext, "Ask")`, /contains\(\) is not taken: only whole values/],
      [`starts-with($x/freetext, "Ask")`, /starts-with\(\) is not taken/],
      [`fn:matches($x/freetext, ".*")`, /matches\(\) is not taken/],
      [`$x/* = "Ask"`, /expected a name/],
      [`$x//hobby = "Chess"`, /column/],
      [`$x/freetext > "A"`, /is for dates/],
      [`$x/freetext != "A"`, /not\(/],
      [`$x/freetext = contains("A", "B")`, /only whole values/],
    ] as const
  ) {
    await t.step(where, async () => {
      const refused = await ask(scholar, PROFILES, where);
      equal(refused.status, 409);
      equal(refused.headers.get("content-type")?.split(";")[0], "application/xcap-error+xml");
      match(refused.body, /<constraint-failure phrase="line 5, column \d+/);
      match(refused.body, why);
    });
  }
});

const ROOM = (uri: string, name: string, subject: string, searchable: string) =>
  `<group xmlns="urn:oma:xml:poc:list-service" xmlns:oxe="urn:oma:xml:xdm:extensions"><list-service uri="${uri}">` +
  `<display-name>${name}</display-name><oxe:subject>${subject}</oxe:subject>${searchable}</list-service></group>`;

Deno.test("a user finds public chat rooms whose owners want that, and no others [CHAT-3]", options, async () => {
  const owner = as("carol"), alice = as("alice");
  const rooms = {
    sails: "<oxe:searchable>true</oxe:searchable>",
    hidden: "<oxe:searchable>false</oxe:searchable>",
    silent: "",
  };
  for (const [name, searchable] of Object.entries(rooms)) {
    const text = ROOM(`sip:${name}@${DOMAIN}`, `Room ${name}`, "Sailing", searchable);
    const put = await owner.put(owner.own(GROUPS, name), text);
    equal(put.status, 201, put.body);
  }
  const sails =
    `<list-service xmlns="urn:oma:xml:poc:list-service" uri="sip:sails@${DOMAIN}"><display-name>Room sails</display-name>` +
    `<subject xmlns="urn:oma:xml:xdm:extensions">Sailing</subject></list-service>`;
  deepEqual(await found(alice, GROUPS, `$x/oxe:subject = "sailing"`), [sails]);
  deepEqual(await found(alice, GROUPS, ""), [sails]);
  deepEqual(await foundUris(alice, GROUPS, `$x/display-name = "Room hidden" or $x/@uri = "sip:silent@${DOMAIN}"`), []);
  await owner.put(owner.own(GROUPS, "sails"), ROOM(`sip:sails@${DOMAIN}`, "Room sails", "Sailing", rooms.hidden));
  deepEqual(await found(alice, GROUPS, ""), []);
});

Deno.test("one's own conversations can be searched, and nobody else's [rp:IM-12]", options, async () => {
  const alice = as("alice");
  const [only, ...others] = await found(alice, CONVERSATIONS, `$x/pager/to = "sip:carol@${DOMAIN}"`);
  match(only, /history-reference="h-[\w-]{20,}"/);
  match(only, /<subject>Birthday<\/subject>/);
  equal(others.length, 0);
  const [boats, ...more] = await found(
    alice,
    CONVERSATIONS,
    `$x/conference/conf-list/entry/@uri = "sip:dora@${DOMAIN}" and $x/date > "2026-04-01"`,
    { returns: "<found>{$x/conference/recording-name}</found>" },
  );
  equal(more.length, 0);
  match(boats, /<recording-name>summer\/boats<\/recording-name><\/found>$/);
  deepEqual(await found(alice, CONVERSATIONS, `$x/subject = "Secret"`), []);
  const bobs = `${CONVERSATIONS}/users/sip:bob@${DOMAIN}/`;
  equal((await ask(alice, CONVERSATIONS, "", { target: bobs })).status, 403);
  const query = queryOf(CONVERSATIONS, "").replace(`${CONVERSATIONS}/users/`, bobs);
  equal((await post(alice, searchSetOf(query), CONVERSATIONS)).status, 403);
  equal((await found(as("dora"), CONVERSATIONS, "")).length, 0);
});

Deno.test(
  "what changes is found as it is from then on: profile, privacy, state [UPROF-6] [PRI-10]",
  options,
  async () => {
    const scholar = as("scholar");
    const nils = `$x/freetext = "just joined"`;
    await putProfile("fred", adult("Fred", "<gender>male</gender><freetext>Just  joined</freetext>"));
    deepEqual(await foundUris(scholar, PROFILES, nils), [`fred@${DOMAIN}`]);
    await parley.command("user", "suspend", `sip:fred@${DOMAIN}`);
    deepEqual(await foundUris(scholar, PROFILES, nils), []);
    await parley.command("user", "resume", `sip:fred@${DOMAIN}`);
    deepEqual(await foundUris(scholar, PROFILES, nils), [`fred@${DOMAIN}`]);
    const number = `$x/communication-addresses/comm-addr = "${numberOf("fred")}"`;
    deepEqual(await foundUris(scholar, PROFILES, number), [`fred@${DOMAIN}`]);
    await putPrivacy("fred", false);
    deepEqual(await foundUris(scholar, PROFILES, number), []);
    await putProfile("fred", named("Fred"));
    deepEqual(await foundUris(scholar, PROFILES, `$x/display-name = "Fred"`), []);
  },
);

Deno.test(
  "over REST the same people are found by the same rules, and what was found becomes a contact [GM-2] [GM-3] [PRI-6] [UPROF-7]",
  options,
  async () => {
    const rest = new Rest(`http://127.0.0.1:${parley.webPort}`);
    const me = `sip:scholar@${DOMAIN}`;
    const scholar = await rest.logIn({ uri: me, password: passwordOf("scholar") });
    const where = {
      all: [{ field: "hobby", is: "chess" }, {
        not: { any: [{ field: "gender", is: "male" }, { field: "birth-date", until: "1980-01-01" }] },
      }],
    };
    deepEqual(await scholar.post(rest.user(me, "/searches"), { where }), {
      results: [{ id: `rita@${DOMAIN}`, display_name: "Ri & Ta", fields: { hobby: ["Chess"] } }],
      more: false,
    });
    const added = await scholar.post(rest.user(me, "/contacts"), { contact: `rita@${DOMAIN}` });
    ok(added !== undefined);
    const { body } = await as("scholar").get(as("scholar").own("resource-lists", "index"));
    const { body: asked } = await as("scholar").get(as("scholar").own("org.parley.contact-requests", "index"));
    match(body + asked, /sip:rita@example\.test/);
    (await scholar.ask("POST", rest.user(me, "/searches"), { body: {} })).refused(422, "invalid");
    const part = { where: { field: "hobby", contains: "ch" } };
    const { errors } = (await scholar.ask("POST", rest.user(me, "/searches"), { body: part })).refused(422, "invalid");
    equal(errors[0].field, "where");
    const other = rest.user(`sip:alice@${DOMAIN}`, "/searches");
    (await scholar.ask("POST", other, { body: { where } })).refused(403, "forbidden");
    const newbie = await rest.logIn({ uri: `sip:newbie@${DOMAIN}`, password: passwordOf("newbie") });
    const refused = await newbie.ask("POST", rest.user(`sip:newbie@${DOMAIN}`, "/searches"), { body: { where } });
    match(refused.refused(403, "forbidden").detail, /gender/);
  },
);

Deno.test(
  "as many are told as were asked for, as many as the operator lets out, and whether there are more [PRI-10]",
  options,
  async () => {
    const dora = as("dora");
    const all = await foundUris(dora, PROFILES, WAYS["by a field"]);
    const answer = await ask(dora, PROFILES, WAYS["by a field"], { most: 2 });
    deepEqual(resultsOf(answer).map((one) => /uri="([^"]*)"/.exec(one)![1]), all.slice(0, 2));
    match(answer.body, /s:count="2" s:more="true"/);
    const rooms = Array.from(
      { length: 15 },
      (_, n) => `<list-service uri="sip:room${n}@${DOMAIN}"><oxe:searchable>true</oxe:searchable></list-service>`,
    );
    const text = `<group xmlns="urn:oma:xml:poc:list-service" xmlns:oxe="urn:oma:xml:xdm:extensions">${
      rooms.join("")
    }</group>`;
    equal((await dora.put(dora.own(GROUPS, "rooms"), text)).status, 201);
    for (const most of [1000, undefined]) {
      const bounded = await ask(dora, GROUPS, "", { most });
      equal(resultsOf(bounded).length, 12);
      match(bounded.body, /s:count="12" s:more="true"/);
    }
    deepEqual(resultsOf(await ask(dora, PROFILES, WAYS["by a field"], { most: 0 })), []);
    for (const domain of ["own", "home", "all"]) {
      deepEqual(await foundUris(dora, PROFILES, `$x/@uri = "rita@${DOMAIN}"`, { domain }), [`rita@${DOMAIN}`]);
    }
  },
);

Deno.test(
  "a request that is none is refused with what is wrong; without a password nobody searches",
  options,
  async () => {
    const carol = as("carol");
    const good = searchSetOf(queryOf(PROFILES, `$x/gender = "male"`));
    equal((await post(carol, good)).status, 200);
    equal((await post(carol, good, PROFILES, { domain: "world" })).status, 400);
    equal((await post(carol, good, PROFILES, { target: "resource-lists/users/" })).status, 400);
    equal((await post(carol, good, GROUPS)).status, 409, "target and collection differ");
    for (
      const body of [
        "",
        "<search-set",
        `<x/>`,
        good.replace("urn:oma:xml:xdm:search", "urn:x"),
        good.replace(' id="s1"', ""),
      ]
    ) {
      equal((await post(carol, body)).status, 400, body);
    }
    const entity = `<!DOCTYPE x [<!ENTITY a "b">]>${good.slice(good.indexOf("\n") + 1)}`;
    equal((await post(carol, entity)).status, 400);
    equal((await post(carol, good.padEnd(20_000))).status, 413);
    const target = "/xcap/org.openmobilealliance.search";
    equal(
      (await carol.request("POST", `${target}?target=${PROFILES}/users/`, { "content-type": "text/xml" }, good)).status,
      415,
    );
    const get = await carol.get(`${target}?target=${PROFILES}/users/`);
    equal(get.status, 405);
    equal(get.headers.get("allow"), "POST");
    const stranger = new XcapClient({ user: "bob", domain: DOMAIN, port: parley.webPort, password: "wrong" });
    equal((await post(stranger, good)).status, 401);
    stranger.close();
  },
);

Deno.test("who searches without end has to wait, and is told how long", options, async () => {
  const kurt = as("kurt");
  for (let n = 1;; n++) {
    const { status, headers } = await ask(kurt, PROFILES, `$x/@uri = "rita@${DOMAIN}"`);
    if (status === 200) {
      ok(n <= 40, `${n} searches in a row`);
      continue;
    }
    equal(status, 503);
    match(headers.get("retry-after")!, /^[1-3]$/);
    break;
  }
});
