import type { Posted } from "../../../../web/ui/mod.ts";
import type { NewSystemMessage, ServiceLevel } from "../../services/mod.ts";

export const EVERYBODY = "everybody";
export const CONDITION = "condition";
/** Rows for options: few at first, all after a button. */
export const FEW_OPTIONS = 4;
export const ALL_OPTIONS = 10;
const DAY_MS = 86_400_000;

/** REST's names of the fields where they differ from the form's. */
export const FIELD_NAMES: Readonly<Record<string, string>> = {
  to: "uri",
  options: "label0",
  condition: "client",
  "condition.client": "client",
  expires_at: "days",
};

/** How many rows for options a posted form has. */
export function optionRows(values: Readonly<Record<string, string>>): number {
  const used = Array.from({ length: ALL_OPTIONS }, (_, i) => i).filter((i) =>
    (values[`label${i}`] ?? "").trim() !== ""
  );
  return values.rows === "all" || used.some((i) => i >= FEW_OPTIONS) ? ALL_OPTIONS : FEW_OPTIONS;
}

/** What is asked for, as REST takes it; its check says what is wrong. `now`: ms. */
export function messageOf(posted: Posted, now: number): NewSystemMessage {
  const who = posted.text("who");
  const options: NonNullable<NewSystemMessage["options"]>[number][] = [];
  for (let i = 0; i < ALL_OPTIONS; i++) {
    const label = posted.text(`label${i}`);
    if (label !== "") options.push({ label, grants: posted.text(`grants${i}`) as ServiceLevel });
  }
  const whom = who === CONDITION
    ? {
      condition: {
        ...(posted.text("client") === "" ? {} : { client: posted.text("client") }),
        ...(posted.flag("incomplete") ? { profile: "incomplete" as const } : {}),
        ...(posted.flag("first_use") ? { first_use: true as const } : {}),
      },
    }
    : { to: who === EVERYBODY ? EVERYBODY : posted.text("uri") };
  const minutes = posted.text("minutes");
  const days = posted.text("days");
  return {
    ...whom,
    text: posted.text("text"),
    ...(options.length === 0 ? {} : { options, on_timeout: posted.text("on_timeout") as ServiceLevel }),
    ...(posted.flag("ask_read") ? { ask_read: true } : {}),
    ...(posted.flag("blocking") ? { blocking: true } : {}),
    ...(minutes === "" ? {} : { answer_within: whole(Number(minutes) * 60) }),
    ...(days === "" ? {} : { expires_at: whole(now + Number(days) * DAY_MS) }),
  };
}

/** What is no number is nothing that REST takes: it says what is allowed. */
function whole(n: number): number {
  return Number.isFinite(n) ? Math.round(n) : -1;
}
