import assert from "node:assert/strict";
import type { Catalogue, Message, Texts } from "../../../web/ui/mod.ts";

const HERE = new URL("./", import.meta.url);

/** Every catalogue of the pages: `texts.ts` of an area, and those of `texts/`. */
async function catalogues(): Promise<Map<string, Texts<Catalogue>>> {
  const found = new Map<string, Texts<Catalogue>>();
  for (const folder of Deno.readDirSync(HERE)) {
    if (!folder.isDirectory) continue;
    for (const { name } of Deno.readDirSync(new URL(folder.name, HERE))) {
      const wanted = folder.name === "texts" ? /^\w+\.ts$/.test(name) : name === "texts.ts";
      if (wanted) found.set(`${folder.name}/${name}`, (await import(new URL(`${folder.name}/${name}`, HERE).href)).t);
    }
  }
  return found;
}

const forms = (message: Message) => typeof message === "string" ? [message] : [message.one, message.other];
const names = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(" ");

Deno.test("each translation names what its source names, in each plural, and is not left empty", async () => {
  const all = await catalogues();
  assert.ok(all.size >= 9, [...all.keys()].join(" "));
  const wrong: string[] = [];
  for (const [file, { source, translations: { de } }] of all) {
    for (const [key, message] of Object.entries(source)) {
      const wanted = names(forms(message).at(-1)!);
      for (const [at, text] of forms((de as Catalogue)[key]).entries()) {
        // The singular may say "a user" for "{n} user".
        const singular = at === 0 && typeof message !== "string";
        const named = singular ? `${names(text)} {n}`.split(" ").filter((one) => one !== "") : names(text).split(" ");
        if ([...new Set(named)].sort().join(" ") !== wanted) {
          wrong.push(`${file} ${key}: "${text}" names ${names(text) || "nothing"}`);
        }
        if (text === "" && forms(message).some((one) => one !== "")) wrong.push(`${file} ${key}: empty`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});
