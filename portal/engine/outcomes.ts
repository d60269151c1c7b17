import type { Problem } from "../model/mod.ts";
import { RestProblem } from "./doors.ts";

/** What came of something, or why not: refusals of the service become values. Rejects where the fault is our own. */
export async function orProblem<T>(work: Promise<T>): Promise<T | Problem> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RestProblem) return error;
    throw error;
  }
}

/** The same where nothing but success or failure matters. */
export async function outcomeOf(work: Promise<unknown>): Promise<Problem | null> {
  return await orProblem(work.then(() => null));
}

/** True for what came instead of a result. */
export function isProblem(value: unknown): value is Problem {
  return value instanceof RestProblem;
}

/** What is wrong with a field that the user has filled in, before anybody is asked. */
export function fieldProblem(field: string, text: string): RestProblem {
  return new RestProblem({ status: 422, text, retryAfter: 0, fields: { [field]: text } });
}
