import type { PortalModel } from "../../model/mod.ts";
import { Notice, ProblemNotice } from "../kit/mod.ts";
import type { Preferences } from "../preferences.ts";
import { hrefOf } from "../route.ts";
import { AccountPart } from "./account_part.tsx";
import { AnswersPart } from "./answers_part.tsx";
import { LookPart } from "./look_part.tsx";
import { NotificationsPart } from "./notifications_part.tsx";
import { PrivacyPart } from "./privacy_part.tsx";
import { ProfilePart } from "./profile_part.tsx";
import { RecordingPart } from "./recording_part.tsx";
import { t } from "./texts.ts";

const PARTS = ["profile", "privacy", "notifications", "look", "answers", "recording", "account"] as const;
type Part = typeof PARTS[number];

interface SettingsPageProps {
  readonly model: PortalModel;
  readonly preferences: Preferences;
  /** From the page's address; the first one for what it does not know. */
  readonly part: string;
}

/** What the user can set, in parts that have addresses of their own. */
export function SettingsPage({ model, preferences, part: asked }: SettingsPageProps) {
  const part: Part = PARTS.find((one) => one === asked) ?? "profile";
  const { settings } = model;
  return (
    <div class="page settings-page">
      <header class="page-head">
        <h1>{t("settings")}</h1>
      </header>
      <div class="settings-body">
        <ul class="settings-parts">
          {PARTS.map((one) => (
            <li key={one}>
              <a href={hrefOf({ page: "settings", part: one })} aria-current={one === part ? "page" : undefined}>
                {t(one)}
              </a>
            </li>
          ))}
        </ul>
        <div class="settings-part">
          <h2>{t(part)}</h2>
          {settings.problem.value !== null && <ProblemNotice problem={settings.problem.value} />}
          {!preferences.stored.value && <Notice tone="warn">{t("not-stored")}</Notice>}
          {part === "profile" && <ProfilePart profile={settings.profile} />}
          {part === "privacy" && <PrivacyPart privacy={settings.privacy} />}
          {part === "notifications" && <NotificationsPart preferences={preferences} />}
          {part === "look" && <LookPart preferences={preferences} />}
          {part === "answers" && <AnswersPart answers={settings.quickAnswers} />}
          {part === "recording" && <RecordingPart recording={settings.recording} />}
          {part === "account" && <AccountPart model={model} />}
        </div>
      </div>
    </div>
  );
}
