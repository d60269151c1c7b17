import assert from "node:assert/strict";
import { PresenceRights } from "./presence_rights.ts";
import { EVERYTHING_PROVIDED } from "./provided_presence.ts";
import { ALL, composed } from "./testing.ts";

const WITHHELD = composed(
  '<tuple id="t"><status><basic>open</basic><gp:geopriv>in-status</gp:geopriv></status><gp:geopriv>in-tuple</gp:geopriv></tuple>' +
    '<dm:person id="p"><rpid:activities><rpid:busy/></rpid:activities>' +
    '<v:where xmlns:v="urn:v"><gp:geopriv>wrapped</gp:geopriv></v:where>' +
    '<v:own xmlns:v="urn:v" xmlns:x="urn:ietf:params:xml:ns:pidf:geopriv10">own-prefix<x:geopriv/></v:own>' +
    `<v:gml xmlns:v="urn:v"><x:pos xmlns:x = 'http://www.opengis.net/gml'>gml</x:pos></v:gml>` +
    '<v:hidden xmlns:v="urn:v"><x:geopriv xmlns:x="&#117;rn:ietf:params:xml:ns:pidf:geopriv10">hidden</x:geopriv></v:hidden>' +
    '<v:plain xmlns:v="urn:v">plain</v:plain><dm:note>at home</dm:note></dm:person>' +
    '<gp:geopriv>beside</gp:geopriv><v:top xmlns:v="urn:v">top</v:top>',
);

Deno.test("location can be withheld from who sees everything else, wherever it hides", () => {
  const but = new PresenceRights(EVERYTHING_PROVIDED, { location: false });
  const { text } = WITHHELD.view(but);
  assert.doesNotMatch(text, /in-status|in-tuple|wrapped|own-prefix|gml|hidden|beside|geopriv/);
  assert.match(text, /<rpid:busy\/>.*plain.*at home[^]*top/);
  for (const word of ["in-status", "in-tuple", "wrapped", "own-prefix", "gml", "hidden", "beside"]) {
    assert.ok(WITHHELD.view(ALL).text.includes(word), word);
  }
  assert.notEqual(but.key, ALL.key);
  const named = {
    ...EVERYTHING_PROVIDED,
    attributes: ["geopriv"],
    unknown: [{ namespace: "urn:v", name: "own" }],
  } as const;
  const seen = (location: boolean) =>
    WITHHELD.view(new PresenceRights(named, { location })).text.match(/in-\w+|own-prefix/g);
  assert.deepEqual(seen(true), ["in-status", "in-tuple", "own-prefix"]);
  assert.deepEqual(seen(false), null);
});
