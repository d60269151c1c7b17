import { Alert, type FormState, type Posted, Radios, Textarea } from "../../../../web/ui/mod.ts";
import type { SettingRow } from "../../services/mod.ts";
import { SettingField } from "../settings/setting_field.tsx";
import { SHOWN } from "../settings/settings_form.ts";
import { type DoorKey, entriesFor, isLocal, type Opening, openingOf } from "./doors.ts";
import { t } from "./texts.ts";

/** Name of the choice that goes with a key of doors. */
export function openingName(key: DoorKey): string {
  return `_opening ${key}`;
}

/** The values of such a form, for what is in force. */
export function doorValues(row: SettingRow): Record<string, string> {
  return { [openingName(row.key as DoorKey)]: openingOf(row.key as DoorKey, entriesOf(row.value)) };
}

/** The entries that were chosen or typed. */
export function readDoors(posted: Posted, row: SettingRow): string[] {
  const key = row.key as DoorKey;
  const opening = posted.text(openingName(key)) as Opening;
  if (opening === "local" || opening === "network") return entriesFor(key, opening, entriesOf(row.value));
  return posted.lines(key);
}

const LEGENDS = { "listen.sip": "doors.sip", "listen.msrp": "doors.msrp", "listen.web": "doors.web" } as const;

/** Doors as a choice of three, with the entries for who wants them otherwise. */
export function DoorsField({ row, form, acts }: { row: SettingRow; form: FormState; acts: boolean }) {
  const key = row.key as DoorKey;
  if (!acts || row.locked !== "") return <SettingField row={row} form={form} acts={false} plain />;
  // The entries are hidden unless they are one's own: what is wrong with those of a choice stands beside the choice.
  const error = form.values[openingName(key)] === "own" ? undefined : form.errors[key];
  const choice = error === undefined ? form : { ...form, errors: { ...form.errors, [openingName(key)]: error } };
  const listed = (opening: "local" | "network") => (
    <>
      {t(`doors.${opening}.hint`, { entries: "" })}{" "}
      <code dir="ltr" class="entries">{entriesFor(key, opening, entriesOf(row.value)).join(" ")}</code>
    </>
  );
  return (
    <div class="stack tight doors" id={key}>
      <input type="hidden" name={SHOWN} value={key} />
      <Radios
        form={choice}
        name={openingName(key)}
        id={`o-${key}`}
        label={t(LEGENDS[key])}
        options={[
          { value: "local", label: t("doors.local"), hint: listed("local") },
          { value: "network", label: t("doors.network"), hint: listed("network") },
          { value: "own", label: t("doors.own") },
        ]}
      />
      <div class="own-entries">
        <Textarea
          form={form}
          name={key}
          label={t("doors.entries")}
          hint={t("doors.entries.hint")}
          rows={4}
          mono
        />
      </div>
    </div>
  );
}

/** Said where clients elsewhere can register, and then cannot start a session. */
export function SessionsStayHere({ rows }: { rows: readonly SettingRow[] }) {
  const open = (wanted: DoorKey) => {
    const row = rows.find(({ key }) => key === wanted);
    return row === undefined || entriesOf(row.value).some((entry) => !isLocal(entry));
  };
  return open("listen.sip") && !open("listen.msrp") ? <Alert tone="warning">{t("doors.msrp.local")}</Alert> : null;
}

export function entriesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
