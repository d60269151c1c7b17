import type { ButtonHTMLAttributes, Ref } from "preact";
import { Icon, type IconName } from "./icon.tsx";
import { Spinner } from "./spinner.tsx";

export interface ButtonProps {
  readonly look?: "primary" | "plain" | "quiet" | "danger";
  readonly icon?: IconName;
  readonly label: string;
  /** Shows the icon alone; the label is its name and its tip. */
  readonly hideLabel?: boolean;
  /** It works on what it was pressed for: it cannot be pressed again, and keeps the focus. */
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly onPress?: () => void;
  readonly type?: "button" | "submit";
  /** A switch: whether it is on. */
  readonly pressed?: boolean;
  /** It opens something: whether that is open. */
  readonly expanded?: boolean;
  readonly describedBy?: string;
  readonly class?: string;
  readonly elementRef?: Ref<HTMLButtonElement>;
  /** Other attributes, such as `aria-haspopup`. */
  readonly more?: Partial<ButtonHTMLAttributes<HTMLButtonElement>>;
}

/** A button. `look`: `primary` at most once in a place; `quiet` in lists and bars; `danger` for what cannot be taken back. */
export function Button(props: ButtonProps) {
  const { look = "plain", icon, label, hideLabel = false, busy = false, type = "button" } = props;
  return (
    <button
      type={type}
      class={`button ${look}${hideLabel ? " round" : ""} ${props.class ?? ""}`}
      disabled={props.disabled}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      aria-describedby={props.describedBy}
      aria-label={hideLabel ? label : undefined}
      title={hideLabel ? label : undefined}
      ref={props.elementRef}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else props.onPress?.();
      }}
      {...props.more}
    >
      {busy ? <Spinner /> : icon !== undefined && <Icon name={icon} />}
      {!hideLabel && <span>{label}</span>}
    </button>
  );
}
