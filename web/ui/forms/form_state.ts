import type { Posted } from "./posted.ts";

/** What a form shows: what was typed or what is stored, and what is wrong with it. */
export interface FormState {
  readonly values: Readonly<Record<string, string>>;
  /** By field name. */
  readonly errors: Readonly<Record<string, string>>;
  /** What is wrong with the form as a whole; "" for nothing. */
  readonly alert: string;
}

/** A form with what is stored, or empty. */
export function newForm(values: Readonly<Record<string, string>> = {}): FormState {
  return { values, errors: {}, alert: "" };
}

/** The part of an RFC 9457 problem that forms need. */
export interface FieldProblem {
  readonly detail?: string;
  readonly title?: string;
  readonly errors?: readonly { readonly field?: string; readonly message: string }[];
}

/**
 * The form again as it was typed, with the errors beside their fields; those of fields that the form does not have stand
 * above it. `names`: REST's names of the fields where they differ from the form's.
 */
export function failedForm(
  posted: Posted,
  problem: FieldProblem,
  names: Readonly<Record<string, string>> = {},
): FormState {
  const values = posted.values();
  const errors: Record<string, string> = {};
  const above: string[] = [];
  for (const { field = "", message } of problem.errors ?? []) {
    const name = names[field] ?? field;
    if (Object.hasOwn(values, name)) errors[name] ??= message;
    else above.push(field === "" ? message : `${field}: ${message}`);
  }
  const none = Object.keys(errors).length === 0 && above.length === 0;
  if (none) above.push(problem.detail ?? problem.title ?? "");
  return { values, errors, alert: above.join(" · ") };
}

/** The same with an error of our own at one field. */
export function wrongField(posted: Posted, field: string, message: string): FormState {
  return { values: posted.values(), errors: { [field]: message }, alert: "" };
}

/** Of zod's issues. */
export function problemOfIssues(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): FieldProblem {
  return { errors: issues.map(({ path, message }) => ({ field: path.map(String).join("."), message })) };
}
