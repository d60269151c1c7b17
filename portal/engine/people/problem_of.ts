import type { Outcome, Problem } from "../../model/mod.ts";
import { RestProblem } from "../doors.ts";

/** A refusal as the model tells it. Anything else that was thrown is a mistake of ours, and goes on. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof RestProblem)) throw error;
  const { status, text, retryAfter, fields } = error;
  return { status, text, retryAfter, fields };
}

/** What the page itself finds wrong; the view has the words. */
export function problem(status: number, text = "", fields: Problem["fields"] = {}): Problem {
  return { status, text, retryAfter: 0, fields };
}

/** What came of some work; a Problem that it gives counts like a refusal. */
export async function outcomeOf(work: () => Promise<Problem | null | void>): Outcome {
  try {
    return await work() ?? null;
  } catch (error) {
    return problemOf(error);
  }
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
