import { useId } from "preact/hooks";

export interface ChoiceProps<V extends string> {
  readonly label: string;
  readonly value: V;
  readonly options: readonly { readonly value: V; readonly label: string; readonly hint?: string }[];
  readonly onChange: (value: V) => void;
  readonly hint?: string;
  readonly disabled?: boolean;
}

/** One of a few, all to be seen. */
export function Choice<V extends string>({ label, value, options, onChange, hint = "", disabled }: ChoiceProps<V>) {
  const id = useId();
  return (
    <fieldset class="choice" disabled={disabled} aria-describedby={hint === "" ? undefined : `${id}-hint`}>
      <legend>{label}</legend>
      {hint !== "" && <p id={`${id}-hint`} class="hint">{hint}</p>}
      {options.map((option) => (
        <div class="choice-option" key={option.value}>
          <input
            type="radio"
            id={`${id}-${option.value}`}
            name={id}
            checked={option.value === value}
            aria-describedby={option.hint === undefined ? undefined : `${id}-${option.value}-hint`}
            onChange={() => onChange(option.value)}
          />
          <label for={`${id}-${option.value}`}>{option.label}</label>
          {option.hint !== undefined && <p id={`${id}-${option.value}-hint`} class="hint">{option.hint}</p>}
        </div>
      ))}
    </fieldset>
  );
}
