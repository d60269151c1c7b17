import { type Signal, signal } from "@preact/signals-core";
import type { PrivacyModel, ProfileField, RecordingModel, SettingsModel } from "../../model/mod.ts";
import type { Failing } from "./fake_people.ts";

type RecordingState = RecordingModel["state"]["value"];

/** Settings of a stage that change as they are told. */
export interface LivelySettings extends SettingsModel, Failing {
  readonly recording: RecordingModel & { readonly state: Signal<RecordingState> };
}

const FIELDS: readonly ProfileField[] = [
  { name: "Name", value: "Ada Lovelace", required: true, shown: true, fixed: false, choices: [] },
  { name: "Town", value: "London", required: false, shown: true, fixed: false, choices: [] },
  { name: "Phone", value: "+44 20 7946 0000", required: false, shown: false, fixed: true, choices: [] },
  { name: "Department", value: "", required: false, shown: true, fixed: false, choices: ["Engines", "Poetry"] },
];

export function fakeSettings(): LivelySettings {
  const fields = signal(FIELDS);
  const quick = signal<readonly string[]>(["I call you back.", "On my way!", "Thank you, that helps a lot."]);
  const recording = signal<RecordingState>("on");
  const privacy = {
    contactsOnly: signal(false),
    searchable: signal(true),
    tellDisplayed: signal(true),
    tellWriting: signal(true),
    askFirst: signal(false),
    state: signal("ready" as const),
  };
  const tried = (what: () => void) => {
    const { fail } = settings;
    settings.fail = null;
    if (fail === null) what();
    return Promise.resolve(fail);
  };
  const settings: LivelySettings = {
    fail: null,
    profile: {
      fields,
      state: signal("ready"),
      change: (values) =>
        tried(() => {
          fields.value = fields.peek().map((field) => ({ ...field, value: values[field.name] ?? field.value }));
        }),
    },
    privacy: {
      ...privacy,
      change: (change) =>
        tried(() => {
          for (const [key, on] of Object.entries(change)) {
            privacy[key as keyof Omit<PrivacyModel, "state" | "change">].value = on;
          }
        }),
    },
    recording: {
      state: recording,
      taken: signal({ octets: 93_400_000, quota: 100_000_000, conversations: 30 }),
      keepDays: signal(365),
      set: (on) => tried(() => void (recording.value = on ? "on" : "off")),
    },
    quickAnswers: {
      list: quick,
      state: signal("ready"),
      save: (list) => tried(() => void (quick.value = list)),
    },
    problem: signal(null),
  };
  return settings;
}
