import { computed, type ReadonlySignal } from "@preact/signals-core";
import type { Problem, SettingsModel } from "../../model/mod.ts";
import type { EngineParts } from "../doors.ts";
import { OwnAnswers } from "./own_answers.ts";
import { Privacy } from "./privacy.ts";
import { Profile } from "./profile.ts";
import { Recording } from "./recording.ts";

/** What the user can set; each part is read, and fails, alone. */
export class Settings implements SettingsModel {
  readonly profile: Profile;
  readonly privacy: Privacy;
  readonly recording: Recording;
  readonly quickAnswers: OwnAnswers;
  readonly problem: ReadonlySignal<Problem | null>;

  constructor(parts: EngineParts) {
    const profile = this.profile = new Profile(parts);
    const privacy = this.privacy = new Privacy(parts);
    const recording = this.recording = new Recording(parts);
    const answers = this.quickAnswers = new OwnAnswers(parts);
    this.problem = computed(() =>
      profile.problem.value ?? privacy.problem.value ?? recording.problem.value ?? answers.problem.value
    );
  }
}
