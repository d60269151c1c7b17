import assert from "node:assert/strict";
import { PresenceRulesWorld } from "./testing/presence_rules_world.ts";

/** A document, where and when it is asked, and what watchers get: `said` of the world. */
interface Example {
  readonly file: string;
  readonly auid?: string;
  readonly at?: string;
  readonly sphere?: string;
  readonly gets: Readonly<Record<string, string>>;
}

const RFC = "../../xdm/usages/testdata";
const GRANTED = "allow: services:service-id=org.openmobilealliance:IM-session,service-uri-scheme=sip persons:all " +
  "devices:class=work note willingness network-availability session-participation registration-state geopriv";

/** Rules without an action say `block` (RFC 5025 §3.2.1); whom none means is confirmed, by the operator's setting. */
const EXAMPLES: readonly Example[] = [
  {
    file: `${RFC}/rfc5025/6.xml`,
    gets: {
      "sip:user@example.com":
        "allow: services:service-uri-scheme=mailto,service-uri-scheme=sip persons:all activities " +
        "user-input:bare {urn:vendor-specific:foo-namespace}foo but location",
      "sip:other@example.com": "confirm",
      "sip:user@example.org": "confirm",
      "": "block",
    },
  },
  {
    file: `${RFC}/rfc4745/7.1.2.xml`,
    gets: { "sip:alice@example.com": "block", "tel:+12125551234": "block", "sip:bob@example.net": "confirm" },
  },
  {
    file: `${RFC}/rfc4745/7.1.3.1.xml`,
    gets: { "sip:alice@example.com": "block", "tel:+12125551234": "block" },
  },
  {
    file: `${RFC}/rfc4745/7.1.3.2.xml`,
    at: "2003-12-24T17:00:00+01:00",
    sphere: "Work",
    gets: {
      "sip:carol@example.net": "block",
      "sip:carol@example.com": "confirm",
      "sip:carol@example.org": "confirm",
      "sip:alice@bad.example.net": "confirm",
      "sip:alice@good.example.net": "block",
      "sip:bob@good.example.net": "confirm",
      "tel:+12125551234": "confirm",
      "tel:+12125551235": "block",
    },
  },
  {
    file: `${RFC}/rfc4745/7.1.3.2.xml`,
    at: "2003-12-24T19:00:00+01:00",
    sphere: "work",
    gets: { "sip:carol@example.net": "confirm" },
  },
  {
    file: `${RFC}/rfc4745/7.1.3.2.xml`,
    at: "2003-12-24T18:00:00+01:00",
    sphere: "home",
    gets: { "sip:carol@example.net": "confirm" },
  },
  {
    file: `${RFC}/rfc4745/7.1.3.3.xml`,
    gets: {
      "sip:carol@example.com": "block",
      "sip:alice@example.com": "confirm",
      "sip:bob@example.com": "confirm",
      "sip:carol@example.org": "confirm",
    },
  },
  {
    file: `${RFC}/rfc4745/7.3.xml`,
    sphere: "home",
    gets: {
      "sip:andrew@example.com": "confirm",
      "sip:allison@example.com": "block",
      "sip:john@doe.example.com": "block",
    },
  },
  {
    file: `${RFC}/rfc4745/7.3.xml`,
    sphere: "work",
    gets: {
      "sip:andrew@example.com": "block",
      "sip:allison@example.com": "confirm",
      "sip:john@doe.example.com": "block",
    },
  },
  {
    file: `${RFC}/rfc4745/7.3.xml`,
    gets: { "sip:andrew@example.com": "confirm", "sip:john@doe.example.com": "confirm" },
  },
  // A period; nothing is said of who it is, so it means those too who do not say.
  {
    file: `${RFC}/rfc4745/7.4.xml`,
    at: "2003-09-01T00:00:00Z",
    gets: { "sip:andrew@example.com": "block", "": "block" },
  },
  { file: `${RFC}/rfc4745/7.4.xml`, gets: { "sip:andrew@example.com": "confirm" } },
  {
    file: `${RFC}/rfc4745/12.xml`,
    at: "2003-12-24T18:00:00+01:00",
    sphere: "work",
    gets: { "sip:bob@example.com": "block", "sip:bob@example.org": "confirm" },
  },
  {
    file: "testdata/oma_pres_rules.xml",
    auid: "org.openmobilealliance.pres-rules",
    gets: {
      "sip:alice@example.test": "own",
      "": "polite-block",
      "sip:anybody@example.test": "confirm",
      "sip:friend@example.test": `${GRANTED} but location`,
      "sip:near@example.test": GRANTED,
      "sip:enemy@example.test": "block",
      "sip:granted@example.test": "confirm",
    },
  },
];

for (const { file, auid = "pres-rules", at, sphere, gets } of EXAMPLES) {
  const circumstances = [file.replace(`${RFC}/`, ""), at, sphere].filter((one) => one !== undefined).join(", ");
  Deno.test(`examples of RFC 5025, RFC 4745 and OMA: ${circumstances}`, async () => {
    const world = await PresenceRulesWorld.open();
    const text = await Deno.readTextFile(new URL(file, import.meta.url));
    await world.documents.lists("alice", {
      oma_grantedcontacts: { uris: ["friend", "near", "granted"] },
      oma_blockedcontacts: { uris: ["enemy"] },
      oma_locationlist: { uris: ["near"] },
    });
    await world.documents.privacy("alice", { locatable: true });
    await world.write("alice", auid, auid === "pres-rules" ? "index" : "pres-rules", text);
    if (at !== undefined) world.time.jump(Date.parse(at) - world.time.now());
    if (sphere !== undefined) world.spheres.set("sip:alice@example.test", sphere);
    for (const [watcher, expected] of Object.entries(gets)) {
      assert.equal(await world.ask("alice", watcher), expected, watcher);
    }
  });
}
