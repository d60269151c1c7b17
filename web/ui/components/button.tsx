import type { Child } from "hono/jsx";
import { Icon, type IconName } from "./icon.tsx";

/** `primary`: what the page is for, once. `danger`: what cannot be taken back. `quiet`: beside others. */
export interface ButtonLook {
  readonly kind?: "primary" | "secondary" | "danger" | "danger-primary" | "quiet" | "quiet-danger";
  readonly small?: boolean;
  readonly wide?: boolean;
  readonly icon?: IconName;
}

const KINDS = {
  primary: "primary",
  secondary: "",
  danger: "danger",
  "danger-primary": "danger primary",
  quiet: "quiet",
  "quiet-danger": "quiet danger",
} as const;

/** The class of something that looks like a button. */
export function buttonClass({ kind = "secondary", small, wide }: ButtonLook): string {
  return ["button", KINDS[kind], small ? "small" : "", wide ? "wide" : ""].filter((name) => name !== "").join(" ");
}

/** Sends its form. `name` and `value` say which button it was. `label`: where the words alone do not say what of. */
export function Button(
  props: ButtonLook & {
    name?: string;
    value?: string;
    /** Another action than the form's own. */
    formaction?: string;
    /** Sends without checking what must be filled in. */
    formnovalidate?: boolean;
    label?: string;
    children?: Child;
  },
) {
  const { icon, name, value, formaction, formnovalidate, label, children } = props;
  return (
    <button
      type="submit"
      class={buttonClass(props)}
      name={name}
      value={value}
      formaction={formaction}
      formnovalidate={formnovalidate}
      aria-label={label}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A link that looks like a button. `download`: the browser keeps what is there as a file. */
export function ButtonLink(
  props: ButtonLook & { href: string; label?: string; download?: boolean; children?: Child },
) {
  const { icon, href, label, download, children } = props;
  return (
    <a class={buttonClass(props)} href={href} aria-label={label} download={download}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </a>
  );
}

/** A button of a script: it is not there without script. */
export function PrintButton({ children }: { children?: Child }) {
  return (
    <button type="button" class="button needs-script" data-print="">
      <Icon name="print" />
      {children}
    </button>
  );
}
