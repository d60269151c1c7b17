/** What a user has to do with hands for something: counted in the page, by what the browser itself has seen. */
import type { Page } from "playwright-core";

/** Presses of keys that are no text, and of the pointer. What is typed costs what it says, and is counted apart. */
export interface Effort {
  readonly presses: number;
  readonly typed: number;
}

const COUNTER = `{
  const effort = globalThis.effort = { presses: 0, typed: 0 };
  addEventListener("pointerdown", ({ isTrusted }) => effort.presses += isTrusted ? 1 : 0, true);
  addEventListener("keydown", ({ isTrusted, key, ctrlKey, altKey, metaKey }) => {
    // A chord is one press: its keys that are only held are none.
    if (!isTrusted || ["Control", "Alt", "Shift", "Meta"].includes(key)) return;
    if (key.length === 1 && !ctrlKey && !altKey && !metaKey) effort.typed++;
    else effort.presses++;
  }, true);
}`;

export async function countEffort(page: Page): Promise<void> {
  await page.addInitScript(COUNTER);
}

/** What it took to do that. */
export async function effortOf(page: Page, act: () => Promise<unknown>): Promise<Effort> {
  const now = async () => await page.evaluate("({ ...globalThis.effort })") as Effort;
  const before = await now();
  await act();
  const after = await now();
  return { presses: after.presses - before.presses, typed: after.typed - before.typed };
}
