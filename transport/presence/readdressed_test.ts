import assert from "node:assert/strict";
import { parsePresence } from "./read_presence.ts";
import { readdressed } from "./readdressed.ts";
import type { ServiceContent } from "./presence_content.ts";
import { writePresence } from "./write_presence.ts";

const OTHER = "mailto:info@example.test";

function documentOf(entity: string) {
  const services: ServiceContent[] = [
    {
      id: "a",
      basic: "open",
      serviceId: "org.openmobilealliance:IM-session",
      serviceVersion: "2.0",
      className: "work",
      deviceIds: ["urn:uuid:2", "urn:uuid:1"],
      contact: entity,
    },
    { id: "b", basic: "closed", contact: OTHER },
  ];
  return parsePresence(writePresence({ entity, services, persons: [{ id: "p", sphere: "home" }] }), "salt");
}

Deno.test("said of somebody else it is what that one's own document would be, to the last letter", () => {
  const template = documentOf("sip:template@example.test");
  for (const aor of ["sip:alice@example.test", "sip:O'Neil&%22@EXAMPLE.test", "tel:+49-30-1234", "sip:<odd>@x"]) {
    assert.deepEqual(readdressed(template, aor, "salt"), documentOf(aor));
  }
});
