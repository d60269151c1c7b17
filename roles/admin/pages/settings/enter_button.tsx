import { DO } from "./settings_form.ts";

/** What the Enter key in a field means where a form has several buttons: a browser takes the first one there is. */
export function EnterButton({ value }: { value: string }) {
  return <button type="submit" class="unseen" name={DO} value={value} tabindex={-1} aria-hidden="true"></button>;
}
