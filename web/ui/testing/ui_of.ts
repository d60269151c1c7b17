import { Format } from "../format.ts";
import { type Ui, withUi } from "../request_ui.ts";

/** Runs `work` as if a page were made: English, UTC, at the first second of 2026. For tests only. */
export function inPage<T>(work: () => T, parts: Partial<Ui> = {}): T {
  return withUi({
    locale: "en",
    dir: "ltr",
    theme: "auto",
    density: "roomy",
    format: Format.of("en", "UTC"),
    nonce: "nonce",
    csrf: "token-of-the-form",
    path: "/here",
    answersForm: false,
    preferences: "/preferences",
    flash: null,
    now: Date.UTC(2026, 0, 1),
    ...parts,
  }, work);
}
