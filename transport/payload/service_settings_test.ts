import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../foundation/mod.ts";
import {
  IM_SETTINGS_NAMESPACE,
  parseServiceSettings,
  POC_SETTINGS_NAMESPACE,
  SERVICE_SETTINGS_LIMIT,
  type ServiceSettings,
  writeServiceSettings,
} from "./service_settings.ts";
import { exampleBody } from "./testing/bodies.ts";

function body(inner: string): Uint8Array {
  return utf8(
    `<p:poc-settings xmlns:p="${POC_SETTINGS_NAMESPACE}" xmlns:im="${IM_SETTINGS_NAMESPACE}">${inner}</p:poc-settings>`,
  );
}

/** The settings of one entity with this inside. */
function read(inner: string): ServiceSettings {
  return parseServiceSettings(body(`<p:entity id="d">${inner}</p:entity>`))[0];
}

const ALL: ServiceSettings = {
  entity: "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
  barred: false,
  answerMode: "manual",
  serviceId: "org.openmobilealliance:IM-session",
  active: true,
  deferral: "notify",
  visible: false,
  recording: { session: true, pagerAndLarge: true },
};

Deno.test("the canonical body", () => {
  const octets = exampleBody("service-settings.xml");
  assert.deepEqual(parseServiceSettings(octets), [ALL]);
  // The same but for white space and the declaration.
  const bare = (o: Uint8Array) => new TextDecoder().decode(o).replace(/<\?.*\?>|\s+(?=<)|\s+(?=xmlns)/g, "").trim();
  assert.equal(bare(writeServiceSettings([ALL])), bare(octets));
});

Deno.test("flags as an attribute or as text, anywhere, by namespace and name, under any prefix", () => {
  assert.deepEqual(read("<p:incoming-session-barring>true</p:incoming-session-barring>"), {
    entity: "d",
    barred: true,
  });
  assert.deepEqual(read("<p:x><y><im:active active='0'/></y></p:x>"), { entity: "d", active: false });
  assert.deepEqual(read("<im:manual-answer-override active=' 1 '/>"), { entity: "d", manualOverride: true });
  assert.deepEqual(read("<p:simultaneous-sessions-support active='true'/>"), {
    entity: "d",
    simultaneousSessions: true,
  });
  assert.deepEqual(
    read("<active>nonsense</active><p:active>nonsense</p:active><q:answer-mode xmlns:q='q'>x</q:answer-mode><z/>"),
    { entity: "d" },
  );
});

Deno.test("recording for each mode, switched off, not mentioned", () => {
  const modes = (inner: string) => read(`<im:hist-settings>${inner}</im:hist-settings>`).recording;
  assert.deepEqual(modes("<im:hist-activation><im:session-mode/></im:hist-activation>"), {
    session: true,
    pagerAndLarge: false,
  });
  assert.deepEqual(modes(""), { session: false, pagerAndLarge: false });
  assert.deepEqual(modes("<im:hist-activation active='false'><im:session-mode/></im:hist-activation>")?.session, false);
  assert.deepEqual(
    modes("<im:hist-activation><im:pager-large-mode>false</im:pager-large-mode></im:hist-activation>")?.pagerAndLarge,
    false,
  );
  assert.equal(read("").recording, undefined);
});

Deno.test("several entities, each with its own settings", () => {
  const two = body("<p:entity id='a'><im:vis-status>visible</im:vis-status></p:entity><p:entity id='b'/>");
  assert.deepEqual(parseServiceSettings(two), [{ entity: "a", visible: true }, { entity: "b" }]);
});

for (
  const [name, octets, reason] of [
    ["no XML", utf8("x"), /XML: line 1, column 1: text outside/],
    ["another root", utf8("<poc-settings/>"), /not a poc-settings/],
    ["no entity", body(""), /without an entity/],
    ["an entity without an id", body("<p:entity/>"), /without an id/],
    ["too many entities", body("<p:entity id='a'/>".repeat(SERVICE_SETTINGS_LIMIT + 1)), /more than 16/],
    [
      "a flag that is none",
      body("<p:entity id='a'><im:active>yes</im:active></p:entity>"),
      /active must be true or false/,
    ],
    [
      "a mode that is none",
      body("<p:entity id='a'><p:answer-mode>auto</p:answer-mode></p:entity>"),
      /answer-mode must be automatic or manual/,
    ],
    [
      "a deferral that is none",
      body("<p:entity id='a'><im:offline-delivery/></p:entity>"),
      /offline-delivery must be push or notify or reject/,
    ],
  ] as const
) {
  Deno.test(`settings that get a reason: ${name}`, () => {
    assert.throws(
      () => parseServiceSettings(octets),
      (error) => error instanceof SyntaxError && reason.test(error.message),
    );
  });
}

Deno.test("property: settings that were written are read back", () => {
  const settings: fc.Arbitrary<ServiceSettings> = fc.record({
    entity: fc.constantFrom("urn:uuid:1", "<sip:a@x>;gr", "é\n"),
    barred: fc.boolean(),
    answerMode: fc.constantFrom("automatic", "manual"),
    manualOverride: fc.boolean(),
    simultaneousSessions: fc.boolean(),
    serviceId: fc.constantFrom("org.openmobilealliance:IM-session", "a&b"),
    active: fc.boolean(),
    deferral: fc.constantFrom("push", "notify", "reject"),
    visible: fc.boolean(),
    recording: fc.record({ session: fc.boolean(), pagerAndLarge: fc.boolean() }, { noNullPrototype: true }),
  }, { requiredKeys: ["entity"], noNullPrototype: true });
  fc.assert(fc.property(fc.array(settings, { minLength: 1, maxLength: 3 }), (all) => {
    assert.deepEqual(parseServiceSettings(writeServiceSettings(all)), all);
  }));
});
