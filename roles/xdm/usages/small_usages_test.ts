import assert from "node:assert/strict";
import { readContactRequests, readQuickAnswers } from "./own_readers.ts";
import { outcomeOf, put, refused, SERVICE } from "./testing.ts";

Deno.test("group-usage-list: lists have names, nothing is by reference", () => {
  const auid = "org.openmobilealliance.group-usage-list";
  const lists = (content: string) =>
    `<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists">${content}</resource-lists>`;
  put(
    auid,
    lists(
      `<list name="rooms"><entry uri="sip:tea@example.com"><ou:uriusages xmlns:ou="urn:oma:xml:xdm:resource-list:oma-uriusage">
      <poc:pocusage xmlns:poc="urn:oma:xml:poc:oma-pocusage">chat</poc:pocusage></ou:uriusages></entry></list>`,
    ),
  );
  refused(
    "constraint-failure",
    /^Name attribute is required\. The list at \/resource-lists\/list\[1\]/,
    auid,
    lists("<list/>"),
  );
  refused("constraint-failure", /^Name attribute is required\./, auid, lists(`<list name="a"><list/></list>`));
  refused("constraint-failure", /^Not allowed: <external> at /, auid, lists(`<list name="a"><external/></list>`));
  refused(
    "constraint-failure",
    /^Not allowed: <entry-ref>/,
    auid,
    lists(`<list name="a"><list name="b"><entry-ref ref="x"/></list></list>`),
  );
  refused(
    "uniqueness-failure",
    /entry\[2\]/,
    auid,
    lists(`<list name="a">${`<entry uri="sip:a@x"/>`.repeat(2)}</list>`),
  );
});

Deno.test("pidf-manipulation: ids are unique over tuples, persons and devices", () => {
  const auid = "pidf-manipulation";
  const presence = (content: string) =>
    `<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
      xmlns:rp="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:alice@example.com">${content}</presence>`;
  const tuple = (id: string, more = "") => `<tuple id="${id}"><status><basic>open</basic></status>${more}</tuple>`;
  put(auid, presence(""));
  refused("uniqueness-failure", /tuple\[2\].*id "a"/, auid, presence(tuple("a") + tuple("a")));
  refused("uniqueness-failure", /person\[1\].*id "a"/, auid, presence(tuple("a") + `<dm:person id="a"/>`));
  for (
    const content of [
      "<tuple><status/></tuple>",
      `<tuple id="a"/>`,
      tuple("a").replace("open", "away"),
      tuple("a", `<contact priority="2">sip:a@x</contact>`),
      tuple("a", `<contact priority="0.1234">sip:a@x</contact>`),
      tuple("a", "<timestamp>now</timestamp>"),
      tuple("a", "<note>a</note><contact>sip:a@x</contact>"),
      "<note>a</note>" + tuple("a"),
      `<dm:device id="d"/>`,
      `<dm:person id="p"><dm:timestamp>now</dm:timestamp></dm:person>`,
      `<dm:person id="p"><rp:time-offset>west</rp:time-offset></dm:person>`,
      tuple("a", "<rp:user-input>asleep</rp:user-input>"),
    ]
  ) assert.equal(outcomeOf(auid, presence(content)), "schema-validation-error", content);
  put(
    auid,
    presence(`<dm:person id="p"><rp:activities><rp:juggling/></rp:activities><x:y xmlns:x="urn:x"/></dm:person>`),
  );
});

Deno.test("pres-content: base64 of an image, and not too large", () => {
  const auid = "org.openmobilealliance.pres-content";
  const content = (inner: string) => `<content xmlns="urn:oma:xml:prs:pres-content">${inner}</content>`;
  const setting = { name: "oma_status-icon/rcs_status_icon" };
  put(
    auid,
    content(
      "<mime-type>image/PNG</mime-type><encoding>base64</encoding><description>me</description><data>iVBO\nRw0K</data>",
    ),
    setting,
  );
  put(auid, content("<data></data>"), setting);
  refused(
    "constraint-failure",
    /"text\/html" is not taken here; allowed: image\/jpeg/,
    auid,
    content("<mime-type>text/html</mime-type><data/>"),
    setting,
  );
  refused(
    "constraint-failure",
    /"image\/svg\+xml"/,
    auid,
    content("<mime-type>image/svg+xml</mime-type><data/>"),
    setting,
  );
  refused("constraint-failure", /allowed: base64/, auid, content("<encoding>hex</encoding><data/>"), setting);
  for (const data of ["abc", "a=bc", "ab!c", "a===", "&lt;"]) {
    refused("constraint-failure", /no base64/, auid, content(`<data>${data}</data>`), setting);
  }
  const octets = (count: number) => content(`<data>${"A".repeat(count / 3 * 4)}</data>`);
  put(auid, octets(131_070), setting);
  refused("local", /131073 octets; allowed: up to 131072/, auid, octets(131_073), setting);
  assert.equal(outcomeOf(auid, content(""), setting), "schema-validation-error");
  assert.equal(outcomeOf(auid, content("<data/><mime-type>image/png</mime-type>"), setting), "schema-validation-error");
});

Deno.test("quick answers: bounded, unique ids, in the order they say", () => {
  const auid = "org.parley.quick-answers";
  const answers = (content: string) => `<quick-answers xmlns="urn:parley:xml:quick-answers">${content}</quick-answers>`;
  const answer = (id: string, text: string, order = "") =>
    `<quick-answer id="${id}"${order}><text xml:lang="en">${text}</text></quick-answer>`;
  const document = put(
    auid,
    answers(answer("z", "last") + answer("b", " On my way ", ` order="2"`) + answer("a", "Later", ` order="10"`)),
  );
  assert.deepEqual(readQuickAnswers(document), [
    { id: "b", text: "On my way" },
    { id: "a", text: "Later" },
    { id: "z", text: "last" },
  ]);
  refused("uniqueness-failure", /id "a"/, auid, answers(answer("a", "x") + answer("a", "y")));
  refused("constraint-failure", /text\[1\]: a quick answer has a text/, auid, answers(answer("a", " ")));
  put(auid, answers(answer("a", "😀".repeat(1000))));
  refused("local", /1001 characters; allowed: up to 1000/, auid, answers(answer("a", "x".repeat(1001))));
  refused(
    "local",
    /51 quick answers; allowed: up to 50/,
    auid,
    answers(Array.from({ length: 51 }, (_, i) => answer(`a${i}`, "x")).join("")),
  );
  for (
    const content of [
      `<quick-answer id="a"/>`,
      `<quick-answer><text>x</text></quick-answer>`,
      answer("a", "x", ` order="first"`),
      answer("a b", "x"),
    ]
  ) {
    assert.equal(outcomeOf(auid, answers(content)), "schema-validation-error", content);
  }
});

Deno.test("contact requests are written by services and read", () => {
  const auid = "org.parley.contact-requests";
  const requests = (content: string) =>
    `<contact-requests xmlns="urn:parley:xml:contact-requests">${content}</contact-requests>`;
  const request = (id: string, direction = "incoming") =>
    `<contact-request id="${id}" uri="sip:Bob@EXAMPLE.com" direction="${direction}" requested="2026-11-20T10:00:00Z"><display-name>Bob</display-name></contact-request>`;
  const by = SERVICE;
  assert.deepEqual(readContactRequests(put(auid, requests(request("r1") + request("r2", "outgoing")), { by })), [
    {
      id: "r1",
      aor: "sip:Bob@example.com",
      direction: "incoming",
      requestedAt: Date.UTC(2026, 10, 20, 10),
      displayName: "Bob",
      message: "",
    },
    {
      id: "r2",
      aor: "sip:Bob@example.com",
      direction: "outgoing",
      requestedAt: Date.UTC(2026, 10, 20, 10),
      displayName: "Bob",
      message: "",
    },
  ]);
  refused("uniqueness-failure", /id "r1"/, auid, requests(request("r1").repeat(2)), { by });
  assert.equal(outcomeOf(auid, requests(request("r1", "sideways")), { by }), "schema-validation-error");
  refused(
    "local",
    /501 requests; allowed: up to 500/,
    auid,
    requests(Array.from({ length: 501 }, (_, i) => request(`r${i}`)).join("")),
    { by },
  );
});
