import { useSignal } from "@preact/signals";
import type { ProfileField, ProfileModel } from "../../model/mod.ts";
import { useDoing } from "../doing/use_doing.ts";
import { Button, Field, kitText, Notice, ProblemNotice, Select } from "../kit/mod.ts";
import { StateNotice } from "./state_notice.tsx";
import { t } from "./texts.ts";
import type { en } from "./texts.en.ts";

type FieldText = Extract<keyof typeof en, `field-${string}`>;

/** The user's profile. Only what was changed is sent. */
export function ProfilePart({ profile }: { profile: ProfileModel }) {
  const changes = useSignal<Readonly<Record<string, string>>>({});
  const tried = useSignal(false), saved = useSignal(false);
  const doing = useDoing();
  const fields = profile.fields.value;
  const valueOf = ({ name, value }: ProfileField) => changes.value[name] ?? value;
  const changed = fields.filter((field) => valueOf(field) !== field.value);
  const missing = (field: ProfileField) => field.required && !field.fixed && valueOf(field).trim() === "";
  const save = () => {
    tried.value = true;
    saved.value = false;
    if (fields.some(missing)) return;
    const values = Object.fromEntries(changed.map((field) => [field.name, valueOf(field).trim()]));
    doing.run(() => profile.change(values), () => {
      changes.value = {};
      saved.value = true;
    });
  };
  if (profile.state.value !== "ready" && fields.length === 0) return <StateNotice state={profile.state.value} />;
  if (fields.length === 0) return <p>{t("profile-none")}</p>;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <p class="hint">{t("profile-text")}</p>
      {fields.map((field) => {
        const { name, required, shown, fixed, choices } = field;
        const wrong = doing.problem.value?.fields[name] ?? (tried.value && missing(field) ? t("required") : "");
        const shared = {
          label: wordFor(name),
          value: valueOf(field),
          hint: `${t(shown ? "shown" : "hidden")}${fixed ? ` ${t("fixed")}` : ""}`,
          error: wrong,
          disabled: fixed,
        };
        const set = (value: string) => {
          changes.value = { ...changes.value, [name]: value };
          saved.value = false;
        };
        if (choices.length === 0) {
          return <Field key={name} {...shared} required={required} maxLength={200} onInput={set} />;
        }
        // What stands there may be none of the choices of today.
        const options = [...new Set([...required ? [] : [""], valueOf(field), ...choices])];
        return (
          <Select
            key={name}
            {...shared}
            onChange={set}
            options={options.map((value) => ({ value, label: value === "" ? t("choose") : wordFor(value) }))}
          />
        );
      })}
      <ProblemNotice problem={doing.problem.value} onRetry={doing.again} />
      <div class="bar">
        <Button
          type="submit"
          look="primary"
          label={kitText("save")}
          busy={doing.busy.value}
          disabled={changed.length === 0}
        />
      </div>
      <div role="status">{saved.value && <Notice tone="ok">{t("saved")}</Notice>}</div>
    </form>
  );
}

/** A field, or one of its choices, in the language of the page; what the service calls it where it is none that we know. */
function wordFor(name: string): string {
  const key = `field-${name}`;
  return t.has(key) ? t(key as FieldText) : name;
}
