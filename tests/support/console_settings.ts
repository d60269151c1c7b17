/** What the console would have set, put into the data of a box that does not run. */
import { withStorage } from "./box_storage.ts";

/** `values` by key, each as it would stand in the file: confirmed, with no history. */
export async function presetSettings(data: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  await Deno.mkdir(data, { recursive: true, mode: 0o700 });
  await withStorage(
    data,
    ({ settings }) => settings.set("console_settings", { version: 1, values, changed: {}, history: [] }),
  );
}
