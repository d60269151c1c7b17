import type { FormLimit } from "../../../web/ui/mod.ts";
import type { ConsoleApp } from "./frame/console.ts";
import { frameActions } from "./frame/frame_actions.ts";

/** Each adds its pages to the app. */
export const PAGES: readonly ((app: ConsoleApp) => void)[] = [
  frameActions,
];

/** Forms that may be larger than usual, or that are taken in as they come. */
export const FORM_LIMITS: readonly FormLimit[] = [
  { path: /^\/admin\/users\/import$/, octets: 8 * 1_048_576 + 65_536 },
];
