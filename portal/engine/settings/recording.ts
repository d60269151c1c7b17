import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Outcome, Problem, RecordingModel } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { outcomeOf } from "../outcomes.ts";
import { Refreshed } from "../people/refreshed.ts";

/** `GET /me/history/settings`. */
interface HistorySettings {
  readonly allowed: boolean;
  /** `default`: the user has not said. */
  readonly record: "default" | "nothing" | "pager" | "session" | "everything";
  /** What holds. */
  readonly in_force: "nothing" | "pager" | "session" | "everything";
  readonly keep_days: number;
  readonly taken: { readonly octets: number; readonly conversations: number };
  readonly quota: { readonly octets: number };
}

const PATH = "/me/history/settings";
const NOTHING = { octets: 0, quota: 0, conversations: 0 };

/** What is recorded of the user (HST-1, HST-3). The answer of the user is kept at the service: who was asked once is not asked again. */
export class Recording implements RecordingModel {
  readonly state: RecordingModel["state"];
  readonly taken: RecordingModel["taken"];
  readonly keepDays: ReadonlySignal<number>;
  readonly #parts: EngineParts;
  readonly #fresh: Refreshed;
  readonly #settings = signal<HistorySettings | null>(null);

  constructor(parts: EngineParts) {
    this.#parts = parts;
    const fresh = this.#fresh = new Refreshed(parts, [], async () => {
      this.#settings.value = await parts.rest.get<HistorySettings>(PATH);
    });
    this.state = computed(() => {
      const settings = this.#settings.value;
      if (fresh.state.value === "failed") return fresh.problem.value?.status === 403 ? "forbidden" : "failed";
      if (settings === null) return "loading";
      if (!settings.allowed) return "forbidden";
      if (settings.record === "default") return "unasked";
      return settings.in_force === "nothing" ? "off" : "on";
    });
    this.taken = computed(() => {
      const settings = this.#settings.value;
      if (settings === null) return NOTHING;
      const { taken: { octets, conversations }, quota } = settings;
      return { octets, quota: quota.octets, conversations };
    });
    this.keepDays = computed(() => this.#settings.value?.keep_days ?? 0);
  }

  get problem(): ReadonlySignal<Problem | null> {
    return this.#fresh.problem;
  }

  set(on: boolean): Outcome {
    return outcomeOf(async () => {
      const record = on ? "everything" : "nothing";
      this.#settings.value = await this.#parts.rest.send<HistorySettings>("PUT", PATH, { record });
    });
  }
}
