import { useId } from "preact/hooks";

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  /** What is wrong with it, beside it. */
  readonly error?: string;
  readonly hint?: string;
  readonly type?:
    | "text"
    | "search"
    | "email"
    | "tel"
    | "url"
    | "password"
    | "date"
    | "time"
    | "datetime-local"
    | "number";
  readonly autocomplete?: AutoFill;
  readonly required?: boolean;
  readonly disabled?: boolean;
  /** Lines of text instead of one. */
  readonly rows?: number;
  readonly maxLength?: number;
  readonly autofocus?: boolean;
  readonly placeholder?: string;
  /** The label is its name alone, not to be seen; for a search. */
  readonly hideLabel?: boolean;
  readonly min?: string;
  readonly max?: string;
}

/** A labelled field with its hint and what is wrong with it. */
export function Field(props: FieldProps) {
  const { label, value, error = "", hint = "", type = "text", rows } = props;
  const id = useId();
  const shared = {
    id,
    value,
    autocomplete: props.autocomplete ?? "off",
    required: props.required,
    disabled: props.disabled,
    maxLength: props.maxLength,
    autofocus: props.autofocus,
    placeholder: props.placeholder,
    dir: type === "text" || type === "search" ? "auto" as const : undefined,
    "aria-invalid": error !== "" ? "true" as const : undefined,
    "aria-describedby": describedBy(id, hint, error),
  };
  return (
    <div class="field">
      <label for={id} class={props.hideLabel ? "unseen" : undefined}>{label}</label>
      {rows === undefined
        ? (
          <input
            type={type as "text"}
            min={props.min}
            max={props.max}
            {...shared}
            onInput={(event) => props.onInput(event.currentTarget.value)}
          />
        )
        : <textarea rows={rows} {...shared} onInput={(event) => props.onInput(event.currentTarget.value)} />}
      {hint !== "" && <p id={`${id}-hint`} class="hint">{hint}</p>}
      {error !== "" && <p id={`${id}-error`} class="error" role="alert">{error}</p>}
    </div>
  );
}

export interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly error?: string;
  readonly disabled?: boolean;
  readonly hideLabel?: boolean;
}

/** One of many, in little room. */
export function Select({ label, value, options, onChange, hint = "", error = "", disabled, hideLabel }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={hideLabel ? "unseen" : undefined}>{label}</label>
      <select
        id={id}
        value={value}
        disabled={disabled}
        aria-invalid={error !== "" ? "true" : undefined}
        aria-describedby={describedBy(id, hint, error)}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>{option.label}</option>
        ))}
      </select>
      {hint !== "" && <p id={`${id}-hint`} class="hint">{hint}</p>}
      {error !== "" && <p id={`${id}-error`} class="error" role="alert">{error}</p>}
    </div>
  );
}

function describedBy(id: string, hint: string, error: string): string | undefined {
  return [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
}
