import type { Outcome, Problem } from "../model/mod.ts";
import { RestProblem } from "./doors.ts";

/** A fault of the page itself is told as one of the service: it did not do what it was asked for. */
const FAULT = 500;

/** What came of some work; a Problem that it gives counts like a refusal. Never rejects. */
export async function outcomeOf(work: () => Promise<Problem | null | void>): Outcome {
  try {
    return await work() ?? null;
  } catch (error) {
    return asProblem(error);
  }
}

/** What came of something, or why not. Never rejects. */
export async function orProblem<T>(work: Promise<T>): Promise<T | Problem> {
  try {
    return await work;
  } catch (error) {
    return error instanceof RestProblem ? error : new RestProblem(asProblem(error));
  }
}

/** True for what came of `orProblem`, or `fieldProblem`, instead of a result. */
export function isProblem(value: unknown): value is Problem {
  return value instanceof RestProblem;
}

/** A refusal as the model tells it. Anything else that was thrown is a fault of ours: it is reported to whoever looks after the page. */
export function asProblem(error: unknown): Problem {
  if (!(error instanceof RestProblem)) {
    reportError(error);
    return problem(FAULT);
  }
  const { status, text, retryAfter, fields } = error;
  return { status, text, retryAfter, fields };
}

/** What the page itself finds wrong; the view has the words. */
export function problem(status: number, text = "", fields: Problem["fields"] = {}): Problem {
  return { status, text, retryAfter: 0, fields };
}

/** What is wrong with a field that the user has filled in, before anybody is asked. */
export function fieldProblem(field: string, text: string): RestProblem {
  return new RestProblem(problem(422, text, { [field]: text }));
}

/** What `work` gives; null where the service refuses with that status. */
export async function unless<T>(status: number, work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RestProblem && error.status === status) return null;
    throw error;
  }
}
