import { When } from "../../kit/mod.ts";
import { eventText } from "../brief.ts";
import { t } from "../texts.ts";
import type { LogRow } from "./log_rows.ts";

type Row<K extends LogRow["kind"]> = { readonly row: Extract<LogRow, { kind: K }> };

/** A day begins. */
export function DayRow({ row }: Row<"day">) {
  return (
    <div class="log-row day" data-key={row.key}>
      <When at={row.at} look="day" />
    </div>
  );
}

/** What follows was not read yet. */
export function NewRow({ row }: Row<"new">) {
  return (
    <div class="log-row new-line" data-key={row.key}>
      <span>{t("new")}</span>
    </div>
  );
}

/** Something happened beside messages. */
export function EventRow({ row: { key, message } }: Row<"event">) {
  if (message.part.kind !== "event") return null;
  const { code, who } = message.part;
  return (
    <div class={`log-row event ${code}`} data-key={key}>
      <p dir="auto">
        {eventText(code, who)} · <When at={message.at} look="time" />
      </p>
    </div>
  );
}
