/** Documents as clients write them: forms that are about, and that a grammar read too narrowly would refuse. */
import assert from "node:assert/strict";
import { outcomeOf, type Setting } from "./testing.ts";

const ROOT = "https://im.example.com/xcap";
const ALICE = "sip:alice@example.com";
const listUri = (name: string, xui = encodeURIComponent(ALICE)) =>
  `${ROOT}/resource-lists/users/${xui}/index/~~/resource-lists/list%5B@name=%22${name}%22%5D`;
const RL = 'xmlns="urn:ietf:params:xml:ns:resource-lists"';
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';

const CASES: readonly (readonly [what: string, auid: string, text: string, setting?: Setting])[] = [
  [
    "RCS: lists that lead to each other, empty ones with a display name, CR LF",
    "resource-lists",
    [
      `<?xml version="1.0" encoding="UTF-8"?>`,
      `<resource-lists ${RL}>`,
      `<list name="oma_buddylist">`,
      ` <external anchor="${listUri("rcs")}"/>`,
      `</list>`,
      `<list name="oma_grantedcontacts">`,
      ` <external anchor="${listUri("rcs", ALICE)}"/>`,
      ` <external anchor="${listUri("oma_buddylist")}"/>`,
      `</list>`,
      `<list name="oma_blockedcontacts">`,
      ` <external anchor="${listUri("rcs_blockedcontacts")}"/>`,
      ` <external anchor="${listUri("rcs_revokedcontacts")}"><display-name xml:lang="">x</display-name></external>`,
      `</list>`,
      `<list name="rcs">`,
      ` <display-name>My buddies</display-name>`,
      ` <entry uri='tel:+15550100'></entry>`,
      `</list>`,
      `<list name="rcs_blockedcontacts"/>`,
      `<list name="rcs_revokedcontacts"/>`,
      `</resource-lists>`,
    ].join("\r\n"),
  ],
  [
    "RCS: a service under the user's own address with pres-list",
    "rls-services",
    `<rls-services xmlns="urn:ietf:params:xml:ns:rls-services" xmlns:rl="urn:ietf:params:xml:ns:resource-lists">\r\n` +
    `<service uri="${ALICE};pres-list=rcs">\r\n<resource-list>${listUri("rcs")}</resource-list>\r\n` +
    `<packages>\r\n <package>presence</package>\r\n</packages>\r\n</service></rls-services>`,
    { addresses: [ALICE] },
  ],
  [
    "RCS and Doubango: presence rules of OMA, all prefixed",
    "org.openmobilealliance.pres-rules",
    `<?xml version="1.0" encoding="utf-8"?>
<cr:ruleset xmlns:ocp="urn:oma:xml:xdm:common-policy" xmlns:pr="urn:ietf:params:xml:ns:pres-rules"
  xmlns:op="urn:oma:xml:prs:pres-rules" xmlns:cr="urn:ietf:params:xml:ns:common-policy" ${XSI}
  xsi:schemaLocation="urn:ietf:params:xml:ns:common-policy common-policy.xsd">
 <cr:rule id="wp_prs_allow_own">
  <cr:conditions><cr:identity><cr:one id="${ALICE}"/></cr:identity></cr:conditions>
  <cr:actions><pr:sub-handling>allow</pr:sub-handling></cr:actions>
  <cr:transformations>
   <pr:provide-services><pr:all-services/></pr:provide-services>
   <pr:provide-persons><pr:all-persons/></pr:provide-persons>
   <pr:provide-devices><pr:all-devices/></pr:provide-devices>
   <pr:provide-all-attributes></pr:provide-all-attributes>
  </cr:transformations>
 </cr:rule>
 <cr:rule id="rcs_allow_services_anonymous">
  <cr:conditions><ocp:anonymous-request/></cr:conditions>
  <cr:actions><pr:sub-handling>allow</pr:sub-handling></cr:actions>
  <cr:transformations>
   <pr:provide-services><op:service-id>org.openmobilealliance:IM-session</op:service-id></pr:provide-services>
   <op:provide-willingness> true </op:provide-willingness><op:provide-geopriv>full</op:provide-geopriv>
  </cr:transformations>
 </cr:rule>
 <cr:rule id="wp_prs_unlisted">
  <cr:conditions><other-identity xmlns="urn:oma:xml:xdm:common-policy" /></cr:conditions>
  <cr:actions><pr:sub-handling>confirm</pr:sub-handling></cr:actions>
 </cr:rule>
 <cr:rule id="wp_prs_blockedcontacts">
  <cr:conditions>
   <external-list xmlns="urn:oma:xml:xdm:common-policy"><entry anc="${
      listUri("oma_blockedcontacts", ALICE)
    }" /></external-list>
  </cr:conditions>
  <cr:actions><pr:sub-handling>polite-block</pr:sub-handling></cr:actions>
 </cr:rule>
</cr:ruleset>`,
  ],
  [
    "Blink: an address book in elements of its own, behind the entries",
    "resource-lists",
    `<?xml version='1.0' encoding='UTF-8'?>
<rl:resource-lists xmlns:rl="urn:ietf:params:xml:ns:resource-lists" xmlns:addressbook="urn:ag-projects:xml:ns:addressbook">
 <rl:list name="oma_buddylist"><rl:external anchor="${listUri("sipsimple_presence_rls", ALICE)}"/></rl:list>
 <rl:list name="sipsimple_presence_rls"><rl:entry uri="sip:bob@example.com"/></rl:list>
 <rl:list name="sipsimple_addressbook">
  <addressbook:contact id="a1"><addressbook:name>Bob</addressbook:name>
   <addressbook:uris default="u1"><addressbook:uri id="u1" uri="sip:bob@example.com" type="SIP"/></addressbook:uris>
   <addressbook:dialog><addressbook:policy>default</addressbook:policy><addressbook:subscribe>false</addressbook:subscribe>
   </addressbook:dialog><addressbook:attributes/></addressbook:contact>
  <addressbook:group id="g1"><addressbook:name/><addressbook:contacts/></addressbook:group>
 </rl:list>
</rl:resource-lists>`,
  ],
  [
    "Jitsi: a list with attributes and elements of its own, an icon in lines",
    "resource-lists",
    `<resource-lists ${RL} ${XSI} xmlns:sc="urn:example:contacts"><list name="Work" sc:open="true" xml:lang="de">
     <display-name xml:lang="de-DE">Büro</display-name><entry uri="sip:carol@example.com" sc:t="&lt;"><display-name/>
     <sc:detail xsi:type="sc:mail">carol@example.com</sc:detail></entry><sc:group/></list></resource-lists>`,
  ],
  [
    "Jitsi: an icon, its base64 in lines",
    "org.openmobilealliance.pres-content",
    `<?xml version="1.0" encoding="UTF-8" standalone="no"?><content xmlns="urn:oma:xml:prs:pres-content" ${XSI}>
     <mime-type>image/png</mime-type><encoding>base64</encoding><description xml:lang="en">me</description>
     <data>iVBORw0KGgo\nAAAANSUhEUg==\n</data></content>`,
    { name: "oma_status-icon/index" },
  ],
  [
    "a group of a PoC client: prefixed, the older name of the boolean, an extension nobody knows",
    "org.openmobilealliance.groups",
    `<group xmlns="urn:oma:xml:poc:list-service" xmlns:rl="urn:ietf:params:xml:ns:resource-lists"
      xmlns:cr="urn:ietf:params:xml:ns:common-policy" xmlns:oxe="urn:oma:xml:xdm:extensions">
     <list-service uri="sip:myconference@example.com"><display-name xml:lang="en-us">Friends</display-name>
     <list><entry uri="tel:+15550101"/><entry uri="sip:bob@example.com"><rl:display-name>Bob</rl:display-name></entry></list>
     <invite-member>true</invite-member><max-participant-count> 10 </max-participant-count>
     <cr:ruleset><cr:rule id="a7c"><cr:conditions><is-list-member/></cr:conditions><cr:actions>
      <join-handling>true</join-handling><allow-anonymity>1</allow-anonymity></cr:actions></cr:rule></cr:ruleset>
     <oxe:subject>x</oxe:subject><x:y xmlns:x="urn:x" xmlns="">text<z/></x:y></list-service></group>`,
  ],
];

for (const [what, auid, text, setting] of CASES) {
  Deno.test(`${auid}: ${what}`, () => assert.equal(outcomeOf(auid, text, setting), "valid"));
}
