import { useId } from "preact/hooks";

export interface ToggleProps {
  readonly label: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
  readonly hint?: string;
  readonly disabled?: boolean;
}

/** A switch that works at once. */
export function Toggle({ label, on, onChange, hint = "", disabled }: ToggleProps) {
  const id = useId();
  return (
    <div class="toggle">
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={on}
        disabled={disabled}
        aria-describedby={hint === "" ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint !== "" && <p id={`${id}-hint`} class="hint">{hint}</p>}
    </div>
  );
}
