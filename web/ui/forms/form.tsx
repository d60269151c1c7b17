import type { Child } from "hono/jsx";
import { Alert } from "../components/alert.tsx";
import { useUi } from "../request_ui.ts";
import { CSRF_FIELD } from "../security/csrf.ts";
import { t } from "../texts/kit.ts";
import type { FormState } from "./form_state.ts";

/**
 * A form that posts to its own page (or `action`) and carries its token by itself. `state`: shows above its fields what is
 * wrong with the whole. `files`: has a FileField. `streamed`: the page reads the body itself, so the token is in the address.
 */
export function Form(props: {
  action?: string;
  state?: FormState;
  files?: boolean;
  streamed?: boolean;
  /** `form` (default), `form inline`, `form bare`, or "". */
  class?: string;
  /** Names the form to assistive technology. */
  label?: string;
  children?: Child;
}) {
  const { csrf } = useUi();
  const { action, state, streamed } = props;
  const wrong = state !== undefined && (state.alert !== "" || Object.keys(state.errors).length > 0);
  return (
    <form
      method="post"
      action={streamed ? `${action ?? ""}?${CSRF_FIELD}=${csrf}` : action}
      class={props.class ?? "form"}
      enctype={props.files || streamed ? "multipart/form-data" : undefined}
      aria-label={props.label}
    >
      {!streamed && <input type="hidden" name={CSRF_FIELD} value={csrf} />}
      {wrong && <Alert tone="critical">{state.alert === "" ? t("form.wrong") : state.alert}</Alert>}
      {props.children}
    </form>
  );
}

/** A form that asks: search and filters. It changes nothing, so it needs no token. */
export function SearchForm({ action, label, children }: { action?: string; label: string; children?: Child }) {
  return <form method="get" action={action} class="form inline" role="search" aria-label={label}>{children}</form>;
}

/** One button that posts, in a line with others. `fields` travel along, hidden. */
export function ActionForm(
  { action, fields = {}, children }: { action?: string; fields?: Readonly<Record<string, string>>; children?: Child },
) {
  return (
    <Form action={action} class="form bare">
      {Object.entries(fields).map(([name, value]) => <input type="hidden" name={name} value={value} />)}
      {children}
    </Form>
  );
}
