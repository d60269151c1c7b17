import assert from "node:assert/strict";
import type { Texts } from "../../../../web/ui/mod.ts";
import { t as backups } from "../backups/texts.ts";
import { t as certificates } from "../certificates/texts.ts";
import { t as network } from "../network/texts.ts";
import { t as policy } from "../policy/texts.ts";
import { t as recovery } from "../recovery/texts.ts";
import { t as setUp } from "../set_up/texts.ts";
import { names } from "../settings/names.ts";
import { HELP } from "../settings/names.de.ts";
import { t as settings } from "../settings/texts.ts";
import { allSettings } from "./all_settings.ts";

type Any = Pick<Texts<Record<string, string>>, "source" | "translations">;
const AREAS = { backups, certificates, network, policy, recovery, setUp, names, settings } as unknown as Record<
  string,
  Any
>;

Deno.test("German has every placeholder that English has, and no other", () => {
  const places = (message: unknown) => [...new Set(JSON.stringify(message).match(/\{\w+\}/g) ?? [])].sort().join();
  for (const [area, { source, translations }] of Object.entries(AREAS)) {
    for (const [key, message] of Object.entries(source)) {
      assert.equal(places(translations.de[key]), places(message), `${area}: ${key}`);
    }
  }
});

Deno.test("every setting, area and choice has a name, and its help in German", () => {
  for (const { key, area, kind, choices } of allSettings()) {
    assert.ok(key in names.source, key);
    assert.ok(`area:${area}` in names.source, area);
    assert.ok(key in HELP, key);
    const plain = key.startsWith("log.");
    if (kind === "choice" && !plain) { for (const word of choices) assert.ok(`${key}=${word}` in names.source, word); }
  }
  const keys = new Set(allSettings().map(({ key }) => key));
  assert.deepEqual(Object.keys(HELP).filter((key) => !keys.has(key)), []);
});
