import { useSignal } from "@preact/signals";
import type { OwnState, PeopleModel } from "../../model/mod.ts";
import { useDoing } from "../doing/use_doing.ts";
import {
  Button,
  Choice,
  Dialog,
  Field,
  kitText,
  presenceText,
  ProblemNotice,
  Select,
  When,
  whenText,
} from "../kit/mod.ts";
import { endOf, type Ends } from "./status_ends.ts";
import { t } from "./texts.ts";

/** How we are shown to others, in a line; and what changes it. */
export function OwnStatus({ people }: { people: PeopleModel }) {
  const changing = useSignal(false);
  const { status, note, until } = people.own.value;
  return (
    <div class="own-status">
      <p>
        <span class="hint">{t("own")}:</span> <i class={`dot ${status}`} aria-hidden="true" />{" "}
        <strong>{presenceText(status)}</strong>
        {note !== "" && (
          <>
            {" · "}
            <bdi>{note}</bdi>
          </>
        )}
        {until > 0 && (
          <>
            {" · "}
            {t("until")} <When at={until} />
          </>
        )}
      </p>
      <Button
        icon="edit"
        label={t("change")}
        onPress={() => void (changing.value = true)}
        more={{ "aria-label": t("change-own"), "aria-haspopup": "dialog" }}
      />
      {changing.value && <StatusDialog people={people} onClose={() => void (changing.value = false)} />}
    </div>
  );
}

const STATUSES = ["available", "busy", "away", "invisible"] as const;

function StatusDialog({ people, onClose }: { people: PeopleModel; onClose: () => void }) {
  const own = people.own.peek();
  const status = useSignal<string>(own.status);
  const note = useSignal(own.note);
  const ends = useSignal<Ends>(own.until > 0 ? "kept" : "never");
  const doing = useDoing();
  const choices: Ends[] = ["never", "30m", "1h", "4h", "today"];
  const save = () => {
    const state: OwnState = {
      status: status.value,
      note: note.value.trim(),
      until: endOf(ends.value, Date.now(), own.until),
    };
    doing.run(() => people.setState(state), onClose);
  };
  // A status that another program has set, and the page has no words for, can be kept.
  const known = (STATUSES as readonly string[]).includes(own.status);
  return (
    <Dialog
      title={t("change-own")}
      onClose={onClose}
      onSubmit={save}
      actions={
        <>
          <Button label={kitText("cancel")} onPress={onClose} />
          <Button look="primary" type="submit" label={kitText("save")} busy={doing.busy.value} />
        </>
      }
    >
      <Choice
        label={t("own")}
        value={status.value}
        onChange={(value) => void (status.value = value)}
        options={[
          ...STATUSES.map((one) => ({ value: one as string, label: presenceText(one), hint: t(`${one}-hint`) })),
          ...known ? [] : [{ value: own.status, label: presenceText(own.status) }],
        ]}
      />
      <Field
        label={t("note")}
        hint={t("note-hint")}
        value={note.value}
        maxLength={200}
        onInput={(text) => void (note.value = text)}
      />
      <Select
        label={t("ends")}
        value={ends.value}
        onChange={(value) => void (ends.value = value as Ends)}
        options={[
          ...choices.map((value) => ({ value: value as string, label: t(`ends-${value}` as "ends-never") })),
          ...own.until > 0 ? [{ value: "kept", label: t("ends-kept", { time: whenText(own.until) }) }] : [],
        ]}
      />
      <ProblemNotice problem={doing.problem.value} />
    </Dialog>
  );
}
