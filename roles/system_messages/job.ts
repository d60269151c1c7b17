import type { ServiceLevel, SystemCondition } from "../admin/services/mod.ts";

export const EVERYBODY = "everybody";
export const CONDITION = "condition";

/** One of the answers that a message allows. */
export interface JobOption {
  readonly id: string;
  readonly label: string;
  readonly grants: ServiceLevel;
}

/** One message to whomever it is for, as it is kept. Times in ms, 0 for never. */
export interface Job {
  readonly id: string;
  readonly at: number;
  readonly by: string;
  /** The cause it was sent for; "" for one that an admin wrote. */
  readonly cause: string;
  /** An address of a user or a group, `everybody` or `condition`. */
  readonly to: string;
  readonly condition: SystemCondition | null;
  readonly text: string;
  readonly options: readonly JobOption[];
  readonly blocking: boolean;
  /** Devices are asked to tell when it was seen. */
  readonly askRead: boolean;
  /** Seconds from delivery; 0: no limit. */
  readonly answerWithin_s: number;
  readonly onTimeout: ServiceLevel;
  readonly expiresAt: number;
  readonly withdrawnAt: number;
  readonly recipients: number;
  /** Only of those without tracks: of the others the tracks tell. */
  readonly delivered: number;
  readonly deferred: number;
  readonly failed: number;
  /** The last user it was stored for; null when it has been stored for all. */
  readonly cursor: string | null;
}

const PLAIN = {
  condition: null,
  options: [],
  blocking: false,
  askRead: false,
  answerWithin_s: 0,
  onTimeout: "none",
  expiresAt: 0,
  withdrawnAt: 0,
} as const;

/** As it was stored, also before there were answers, or somebody asked whether it was read. */
export function readJob(stored: Job): Job {
  return { ...PLAIN, ...stored };
}

/** A text without answers. */
export function plainJob(
  job: Pick<Job, "id" | "at" | "by" | "cause" | "to" | "text" | "recipients">,
): Job {
  return { ...job, ...PLAIN, delivered: 0, deferred: 0, failed: 0, cursor: "" };
}

/** How far each recipient is, is kept: where it is more than a text to all. */
export function isTracked({ to, options, askRead }: Job): boolean {
  return to !== EVERYBODY || options.length > 0 || askRead;
}

/** It is followed until its end: answers are taken, or recipients come. */
export function stands({ options, condition }: Job): boolean {
  return options.length > 0 || condition !== null;
}

/** Nobody is asked any more. */
export function isOver({ withdrawnAt, expiresAt }: Job, now: number): boolean {
  return withdrawnAt > 0 || (expiresAt > 0 && expiresAt <= now);
}

/** Also for those who come later: as long as it stands. */
export function admitsLater({ to, condition, blocking }: Job): boolean {
  return condition !== null || (to === EVERYBODY && blocking);
}

/** What an option grants; `full` for one that there is not. */
export function grantOf({ options }: Job, option: string): ServiceLevel {
  return options.find(({ id }) => id === option)?.grants ?? "full";
}
