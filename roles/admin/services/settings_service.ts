export type {
  CandidateView,
  SettingChange,
  SettingDiff,
  SettingOrigin,
  SettingRow,
  SettingsOutcome,
  SettingsService,
  SettingsVersion,
} from "../../../config.ts";
