import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes, toLatin1, utf8 } from "../../foundation/mod.ts";
import { cpimFrom, cpimHeaders, type CpimMessage, cpimTo, parseCpim } from "./cpim.ts";
import { writeCpim } from "./cpim_writer.ts";
import { type Disposition, DISPOSITIONS, type Imdn, IMDN_TYPE, parseImdn, writeImdn } from "./imdn.ts";
import {
  asksFor,
  type DispositionRequest,
  IMDN_HEADERS,
  imdnHeaders,
  imdnNamespace,
  imdnRequest,
  imdnsOf,
  isImdn,
  newImdnMessageId,
  notificationFor,
} from "./imdn_message.ts";
import { routeNotification, withImdnRecordRoute } from "./imdn_routes.ts";
import { mimeHeader } from "./mime_head.ts";
import { exampleBody } from "./testing/bodies.ts";

const NOW = Date.UTC(2026, 0, 1);
const delivered: Disposition = { kind: "delivery", status: "delivered" };
const displayed: Disposition = { kind: "display", status: "displayed" };
const asking = () => parseCpim(exampleBody("rfc5438-7.1.1.3.cpim"));

/** All kinds with each of their statuses. */
const ALL = Object.entries(DISPOSITIONS).flatMap(([kind, statuses]) =>
  statuses.map((status) => ({ kind, status }) as Disposition)
);

function im(...headers: readonly string[]): CpimMessage {
  const head = ["From: A <im:a@x>", "To: <im:b@x>", "DateTime: 2026-01-01T00:00:00Z", ...headers];
  return parseCpim(utf8([...head, "", "Content-Type: text/plain", "", "Hi"].join("\r\n")));
}

const ALL_REQUESTS = "imdn.Disposition-Notification: positive-delivery, negative-delivery, processing, display";
const REQUESTING = ["NS: imdn <urn:ietf:params:imdn>", "imdn.Message-ID: m1", ALL_REQUESTS];

Deno.test("RFC 5438 §7.1.1.3: what the example asks for", () => {
  assert.deepEqual(imdnHeaders(asking()), {
    messageId: "34jk324j",
    requests: ["positive-delivery", "negative-delivery"],
    originalTo: undefined,
    recordRoute: [],
    route: [],
  });
  assert.equal(isImdn(asking()), false);
});

Deno.test("RFC 5438 §7.2.1 and §8.1: the example notifications", () => {
  for (
    const [name, disposition] of [
      ["7.2.1.1", delivered],
      ["7.2.1.2", displayed],
      ["8.1", { kind: "processing", status: "processed" }],
    ] as const
  ) {
    const cpim = parseCpim(exampleBody(`rfc5438-${name}.cpim`));
    assert.equal(isImdn(cpim), true);
    assert.deepEqual(imdnsOf(cpim), [{
      messageId: "34jk324j",
      dateTime: "2008-04-04T12:16:49-05:00",
      recipientUri: "im:bob@example.com",
      originalRecipientUri: "im:bob@example.com",
      disposition,
    }]);
  }
});

Deno.test("RFC 5438 §8.3: several notifications in one", () => {
  const cpim = parseCpim(exampleBody("rfc5438-8.3.cpim"));
  assert.equal(isImdn(cpim), true);
  assert.deepEqual(imdnsOf(cpim).map((imdn) => imdn.disposition), [delivered, displayed]);
});

Deno.test("bodies with extensions, other prefixes and no dates are read", () => {
  const body = utf8(
    `<i:imdn xmlns:i="urn:ietf:params:xml:ns:imdn" xmlns:l="http://www.linphone.org/xsds/imdn.xsd"><l:x/>
     <i:message-id> m </i:message-id><i:subject xml:lang="de">Gruß</i:subject><i:delivery-notification><i:status>
     <l:reason code="4"/><i:error/></i:status></i:delivery-notification></i:imdn>`,
  );
  assert.deepEqual(parseImdn(body), {
    messageId: "m",
    dateTime: "",
    subject: { text: "Gruß", lang: "de" },
    disposition: { kind: "delivery", status: "error" },
  });
});

const root = (inner: string) => `<imdn xmlns="urn:ietf:params:xml:ns:imdn">${inner}</imdn>`;
const status = "<delivery-notification><status><delivered/></status></delivery-notification>";
for (
  const [name, text] of [
    ["another root", "<imdm xmlns='urn:ietf:params:xml:ns:imdn'/>"],
    ["no namespace", `<imdn><message-id>m</message-id>${status}</imdn>`],
    ["no message-id", root(status)],
    ["an empty message-id", root(`<message-id> </message-id>${status}`)],
    ["no notification", root("<message-id>m</message-id>")],
    ["no status", root("<message-id>m</message-id><delivery-notification/>")],
    ["the status of another kind", root(`<message-id>m</message-id>${status.replace("delivered", "displayed")}`)],
    ["no XML", "\x78\x9c deflated"],
  ]
) {
  Deno.test(`not an imdn body: ${name}`, () => assert.throws(() => parseImdn(utf8(text)), SyntaxError));
}

Deno.test("property: every status of every kind is written and read back", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1 }).map((t) => t.trim() || "x").filter((t) =>
    !/[\x00-\x1f]/.test(t)
  );
  const imdn: fc.Arbitrary<Imdn> = fc.record({
    messageId: text,
    dateTime: text,
    recipientUri: text,
    originalRecipientUri: text,
    subject: fc.record({ text, lang: fc.constantFrom("de", "fr-CA") }, {
      requiredKeys: ["text"],
      noNullPrototype: true,
    }),
    disposition: fc.constantFrom(...ALL),
  }, { requiredKeys: ["messageId", "dateTime", "disposition"], noNullPrototype: true });
  fc.assert(fc.property(imdn, (imdn) => assert.deepEqual(parseImdn(writeImdn(imdn)), imdn)));
});

Deno.test("what was asked for", () => {
  const words = (value: string) => imdnHeaders(im(REQUESTING[0], `imdn.Disposition-Notification: ${value}`)).requests;
  assert.deepEqual(words("display ,  negative-delivery;x=y,display, future"), ["display", "negative-delivery"]);
  assert.deepEqual(words(""), []);
  assert.deepEqual(imdnHeaders(im()).requests, []);
  assert.deepEqual(
    ALL.map((disposition) =>
      (["positive-delivery", "negative-delivery", "processing", "display"] as DispositionRequest[])
        .map((request) => asksFor([request], disposition) ? 1 : 0).join("")
    ),
    ["1000", "0100", "1100", "1100", "0010", "0010", "0010", "0010", "0001", "0001", "0001"],
  );
});

Deno.test("any prefix for the namespace, and the one that clients forget to declare", () => {
  assert.equal(imdnHeaders(im("NS: q <urn:ietf:params:imdn>", "q.Message-ID: 7")).messageId, "7");
  assert.equal(imdnHeaders(im("NS: <urn:ietf:params:imdn>", "Message-ID: 7")).messageId, "7");
  assert.equal(imdnHeaders(im("imdn.Message-ID: 7")).messageId, "7");
  assert.equal(imdnHeaders(im("Message-ID: 7")).messageId, undefined);
  assert.equal(imdnHeaders(im("NS: imdn <urn:other>", "imdn.Message-ID: 7")).messageId, undefined);
});

Deno.test("RFC 5438 §7.2.1: the notification about a message", () => {
  const notification = notificationFor(asking(), delivered, { now: NOW })!;
  assert.equal(notification.to, "im:alice@example.com");
  const cpim = parseCpim(notification.body);
  assert.deepEqual([cpimFrom(cpim)?.uri, cpimTo(cpim)[0].uri], ["im:bob@example.com", "im:alice@example.com"]);
  assert.equal(imdnHeaders(cpim).messageId, notification.messageId);
  assert.notEqual(notification.messageId, "34jk324j");
  assert.deepEqual(imdnHeaders(cpim).requests, []);
  assert.deepEqual(
    ["Content-Type", "Content-Disposition"].map((name) => mimeHeader(cpim.contentHeaders, name)),
    [IMDN_TYPE, "notification"],
  );
  assert.deepEqual(imdnsOf(cpim), [{
    messageId: "34jk324j",
    dateTime: "2006-04-04T12:16:49-05:00",
    recipientUri: "im:bob@example.com",
    disposition: delivered,
  }]);
});

Deno.test("subject, Original-To and the way back are taken over", () => {
  const message = im(
    ...REQUESTING,
    "Subject:;lang=fr Objet",
    "imdn.Original-To: <im:list@x>",
    'imdn.IMDN-Record-Route: "One, first" <im:one@x>',
    "imdn.IMDN-Record-Route: <im:two@x>",
  );
  const { to, body } = notificationFor(message, displayed, { now: NOW, messageId: "n1" })!;
  const cpim = parseCpim(body);
  assert.equal(to, "im:one@x");
  assert.deepEqual(imdnHeaders(cpim), {
    messageId: "n1",
    requests: [],
    originalTo: undefined,
    recordRoute: [],
    route: [{ name: "One, first", uri: "im:one@x" }, { name: "", uri: "im:two@x" }],
  });
  const [imdn] = imdnsOf(cpim);
  assert.deepEqual([imdn.originalRecipientUri, imdn.subject], ["im:list@x", { text: "Objet", lang: "fr" }]);
});

Deno.test("who tells, and whose name is not told", () => {
  const from = { name: "Room", uri: "sip:room@x" };
  const { body } = notificationFor(im(...REQUESTING, "imdn.Original-To: <im:l@x>"), delivered, {
    now: NOW,
    from,
    recipientUri: null,
  })!;
  // The address alone: liblinphone takes no notification with a name.
  assert.deepEqual(cpimFrom(parseCpim(body)), { name: "", uri: "sip:room@x" });
  const [imdn] = imdnsOf(parseCpim(body));
  assert.deepEqual([imdn.recipientUri, imdn.originalRecipientUri], [undefined, undefined]);
});

Deno.test("no notification that nobody asked for, that nobody can match, or that has nowhere to go", () => {
  assert.equal(notificationFor(asking(), displayed, { now: NOW }), null);
  assert.equal(notificationFor(im(REQUESTING[0], ALL_REQUESTS), delivered, { now: NOW }), null);
  assert.equal(notificationFor(im(REQUESTING[0], REQUESTING[1]), delivered, { now: NOW }), null);
  const anonymous = parseCpim(utf8([...REQUESTING, "", "Content-Type: a/b", "", ""].join("\r\n")));
  assert.equal(notificationFor(anonymous, delivered, { now: NOW }), null);
});

Deno.test("never a notification for a notification, however it asks", () => {
  for (
    const content of [
      [["Content-Type", IMDN_TYPE]],
      [["Content-Type", "Message/IMDN+xml;charset=utf-8"]],
      [["Content-Type", "multipart/mixed;boundary=b"], ["Content-Disposition", "Notification;x=y"]],
      [["Content-Type", "text/plain"], ["content-disposition", "notification"]],
    ] as const
  ) {
    const cpim = parseCpim(writeCpim({
      from: { name: "", uri: "im:a@x" },
      to: [{ name: "", uri: "im:b@x" }],
      namespaces: [imdnNamespace],
      extensions: imdnRequest("m", ["positive-delivery", "negative-delivery", "processing", "display"]),
      contentHeaders: content,
    }, new Uint8Array()));
    assert.equal(imdnHeaders(cpim).requests.length, 4);
    for (const disposition of ALL) assert.equal(notificationFor(cpim, disposition, { now: NOW }), null);
  }
});

Deno.test("what is asked for is written", () => {
  const extensions = imdnRequest("m", ["display"]);
  assert.deepEqual(extensions.map(({ name, value }) => [name, value]), [
    ["Message-ID", "m"],
    ["Disposition-Notification", "display"],
  ]);
  assert.equal(imdnRequest("m", []).length, 1);
  assert.match(newImdnMessageId(), /^[A-Za-z][\w-]{24}$/);
  assert.notEqual(newImdnMessageId(), newImdnMessageId());
});

Deno.test("RFC 5438 §8: an intermediary on the way out and back", () => {
  const octets = exampleBody("rfc5438-7.1.1.3.cpim");
  let message = parseCpim(octets);
  let all = octets;
  for (const uri of ["sip:first@x", "sip:second@x"]) {
    all = concatBytes([withImdnRecordRoute(all, message, uri), all.subarray(message.contentAt)]);
    message = parseCpim(all);
  }
  assert.deepEqual(imdnHeaders(message).recordRoute.map(({ uri }) => uri), ["sip:second@x", "sip:first@x"]);
  assert.equal(toLatin1(message.body), "Hello World");
  const kept = message.headers.filter((header) => header.name !== "IMDN-Record-Route");
  assert.deepEqual(kept, parseCpim(octets).headers);

  const notification = notificationFor(message, delivered, { now: NOW })!;
  assert.equal(notification.to, "sip:second@x");
  let back = notification.body;
  for (const [own, next] of [["sip:second@x", "sip:first@x"], ["sip:first@x", "im:alice@example.com"]]) {
    const head = parseCpim(back);
    const routed = routeNotification(back, head, (uri) => uri === own)!;
    assert.equal(routed.to, next);
    back = concatBytes([routed.head, back.subarray(head.contentAt)]);
  }
  assert.deepEqual(imdnHeaders(parseCpim(back)).route, []);
  assert.equal(imdnsOf(parseCpim(back))[0].messageId, "34jk324j");
});

Deno.test("a message without the namespace gets a declaration; a prefix in use is let alone", () => {
  const octets = utf8("NS: imdn <urn:other>\r\nimdn.x: é\r\n\r\nContent-Type: a/b\r\n\r\nbody");
  const head = parseCpim(octets);
  const all = concatBytes([withImdnRecordRoute(octets, head, "sip:me@x"), octets.subarray(head.contentAt)]);
  const cpim = parseCpim(all);
  assert.deepEqual(imdnHeaders(cpim).recordRoute, [{ name: "", uri: "sip:me@x" }]);
  assert.equal(cpimHeaders(cpim, "x", "urn:other")[0].value, "é");
  assert.equal(cpimHeaders(cpim, "IMDN-Record-Route", IMDN_HEADERS)[0].written, "imdn-.IMDN-Record-Route");
});

Deno.test("a notification whose top route is another's passes unchanged; one without anybody goes nowhere", () => {
  const octets = utf8(["NS: imdn <urn:ietf:params:imdn>", "imdn.IMDN-Route: <sip:other@x>", "", "", ""].join("\r\n"));
  const head = parseCpim(octets);
  const routed = routeNotification(octets, head, () => false)!;
  assert.equal(routed.to, "sip:other@x");
  assert.deepEqual(routed.head, octets.subarray(0, head.contentAt));
  assert.equal(routeNotification(octets, head, () => true), null);
});
