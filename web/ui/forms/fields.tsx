import type { Child } from "hono/jsx";
import { Icon } from "../components/icon.tsx";
import { t } from "../texts/kit.ts";
import type { FormState } from "./form_state.ts";

/** What all fields have. */
interface FieldBase {
  readonly form: FormState;
  readonly name: string;
  readonly label: string;
  readonly hint?: Child;
  readonly required?: boolean;
  /** Says nothing about being optional: search and filters. */
  readonly bare?: boolean;
  /** A second form of the page may have fields of the same name. */
  readonly id?: string;
}

export interface FieldProps extends FieldBase {
  readonly type?: "text" | "email" | "tel" | "url" | "number" | "date" | "datetime-local" | "time" | "search";
  /** Said always: a browser that guesses has broken log-ins. `off` for what is not about the one who types. */
  readonly autocomplete: string;
  readonly placeholder?: string;
  readonly maxlength?: number;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly step?: number | string;
  readonly pattern?: string;
  readonly inputmode?: "numeric" | "decimal" | "tel" | "email" | "url";
  readonly readonly?: boolean;
  /** Technical text: addresses, keys. */
  readonly mono?: boolean;
  readonly autofocus?: boolean;
}

/** Technical text is nobody's language. As strings: the word has to be there, a boolean would be left out. */
const AS_TYPED: Readonly<Record<string, string>> = { spellcheck: "false", autocapitalize: "none" };

interface Wiring {
  readonly id: string;
  readonly error: string;
  readonly attributes: {
    readonly id: string;
    readonly name: string;
    readonly required?: boolean;
    readonly "aria-invalid"?: "true";
    readonly "aria-describedby"?: string;
  };
}

function wiring({ form, name, hint, required, id = `f-${name}` }: FieldBase): Wiring {
  const error = form.errors[name] ?? "";
  const described = [error === "" ? "" : `${id}-error`, hint === undefined ? "" : `${id}-hint`].filter((one) =>
    one !== ""
  );
  return {
    id,
    error,
    attributes: {
      id,
      name,
      required: required || undefined,
      "aria-invalid": error === "" ? undefined : "true",
      "aria-describedby": described.length === 0 ? undefined : described.join(" "),
    },
  };
}

function Label({ id, label, required, bare }: { id: string; label: string; required?: boolean; bare?: boolean }) {
  return (
    <label for={id}>
      {label}
      {required || bare ? null : <span class="optional">{` (${t("optional")})`}</span>}
    </label>
  );
}

function Notes({ id, error, hint }: { id: string; error: string; hint?: Child }) {
  return (
    <>
      {error !== "" && (
        <p class="error" id={`${id}-error`}>
          <Icon name="warning" />
          {error}
        </p>
      )}
      {hint !== undefined && <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </>
  );
}

/** One line of text. Shows what was typed, with what is wrong with it. */
export function Field(props: FieldProps) {
  const { form, name, label, hint, required } = props;
  const { id, error, attributes } = wiring(props);
  return (
    <div class="field">
      <Label id={id} label={label} required={required} bare={props.bare} />
      <input
        class={props.mono ? "input mono" : "input"}
        type={props.type ?? "text"}
        {...attributes}
        value={form.values[name] ?? ""}
        autocomplete={props.autocomplete}
        placeholder={props.placeholder}
        maxlength={props.maxlength}
        min={props.min}
        max={props.max}
        step={props.step}
        pattern={props.pattern}
        inputmode={props.inputmode}
        readonly={props.readonly}
        autofocus={props.autofocus}
        {...(props.mono ? AS_TYPED : {})}
      />
      <Notes id={id} error={error} hint={hint} />
    </div>
  );
}

/** A secret. What was typed is never sent back. `autocomplete`: whose password it is. */
export function PasswordField(
  props: FieldBase & {
    autocomplete: "current-password" | "new-password" | "one-time-code" | "off";
    minlength?: number;
    maxlength?: number;
    autofocus?: boolean;
  },
) {
  const { label, hint, required } = props;
  const { id, error, attributes } = wiring(props);
  return (
    <div class="field">
      <Label id={id} label={label} required={required} />
      <div class="with-button">
        <input
          class="input"
          type="password"
          {...attributes}
          autocomplete={props.autocomplete}
          minlength={props.minlength}
          maxlength={props.maxlength}
          autofocus={props.autofocus}
          {...AS_TYPED}
        />
        <button
          type="button"
          class="button needs-script"
          data-reveal={id}
          aria-pressed="false"
          aria-label={t("show.what", { what: label })}
        >
          <Icon name="eye" />
        </button>
      </div>
      <Notes id={id} error={error} hint={hint} />
    </div>
  );
}

/** Several lines of text. */
export function Textarea(
  props: FieldBase & {
    rows?: number;
    maxlength?: number;
    placeholder?: string;
    mono?: boolean;
    readonly?: boolean;
    autocomplete?: string;
  },
) {
  const { form, name, label, hint, required } = props;
  const { id, error, attributes } = wiring(props);
  return (
    <div class="field">
      <Label id={id} label={label} required={required} />
      <textarea
        class={props.mono ? "input mono" : "input"}
        {...attributes}
        rows={props.rows ?? 5}
        maxlength={props.maxlength}
        placeholder={props.placeholder}
        readonly={props.readonly}
        autocomplete={props.autocomplete ?? "off"}
        {...(props.mono ? AS_TYPED : {})}
      >
        {/* A line end at the very start of a textarea is dropped by HTML. */}
        {"\n" + (form.values[name] ?? "")}
      </textarea>
      <Notes id={id} error={error} hint={hint} />
    </div>
  );
}

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly disabled?: boolean;
}

/** One of several. */
export function Select(props: FieldBase & { options: readonly Option[]; autocomplete?: string }) {
  const { form, name, label, hint, options } = props;
  const { id, error, attributes } = wiring(props);
  return (
    <div class="field">
      <Label id={id} label={label} required />
      <select class="input" {...attributes} autocomplete={props.autocomplete ?? "off"}>
        {options.map(({ value, label, disabled }) => (
          <option value={value} selected={value === (form.values[name] ?? "")} disabled={disabled}>{label}</option>
        ))}
      </select>
      <Notes id={id} error={error} hint={hint} />
    </div>
  );
}

/** One of a few, all to be seen, each with its own hint. */
export function Radios(props: FieldBase & { options: readonly (Option & { hint?: Child })[] }) {
  const { form, name, label, hint, options } = props;
  const { id, error } = wiring(props);
  const described = error === "" ? undefined : `${id}-error`;
  return (
    <fieldset class="field" aria-describedby={described}>
      <legend>{label}</legend>
      <div class="choices">
        {options.map((option) => (
          <div class="check">
            <input
              type="radio"
              id={`${id}-${option.value}`}
              name={name}
              value={option.value}
              checked={option.value === (form.values[name] ?? "")}
              disabled={option.disabled}
              aria-describedby={option.hint === undefined ? undefined : `${id}-${option.value}-hint`}
            />
            <label for={`${id}-${option.value}`}>{option.label}</label>
            {option.hint !== undefined && <p class="hint" id={`${id}-${option.value}-hint`}>{option.hint}</p>}
          </div>
        ))}
      </div>
      <Notes id={id} error={error} hint={hint} />
    </fieldset>
  );
}

/** Yes or no. Its value is there ("on") or not. */
export function Checkbox(props: FieldBase & { disabled?: boolean }) {
  const { form, name, label, hint } = props;
  const { id, error, attributes } = wiring(props);
  return (
    <div class="check">
      <input
        type="checkbox"
        {...attributes}
        value="on"
        checked={(form.values[name] ?? "") !== ""}
        disabled={props.disabled}
      />
      <label for={id}>{label}</label>
      <Notes id={id} error={error} hint={hint} />
    </div>
  );
}

/** A file from the admin's machine; its form needs `files` (or `streamed`). `accept`: `.csv,text/csv`. */
export function FileField(props: FieldBase & { accept?: string }) {
  const { label, hint, required } = props;
  const { id, error, attributes } = wiring(props);
  return (
    <div class="field">
      <Label id={id} label={label} required={required} />
      <input class="input" type="file" {...attributes} accept={props.accept} />
      <Notes id={id} error={error} hint={hint} />
    </div>
  );
}
