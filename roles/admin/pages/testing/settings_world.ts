import { FakeSettingsService } from "../../testing/fake_settings_service.ts";
import { type FakeWorld, fakeWorld, withEverybody } from "../../testing/fake_services.ts";
import type { SettingRow } from "../../services/mod.ts";
import { allSettings } from "./all_settings.ts";

/** A box in use that has every setting there is; `more`: what is different, by key. */
export async function settingsWorld(more: Readonly<Record<string, Partial<SettingRow>>> = {}): Promise<FakeWorld> {
  return withSettings(await withEverybody(), more);
}

/** The same at its first start. */
export async function emptySettingsWorld(): Promise<FakeWorld> {
  return withSettings(await fakeWorld(), {});
}

function withSettings(world: FakeWorld, more: Readonly<Record<string, Partial<SettingRow>>>): FakeWorld {
  const settings = new FakeSettingsService(world.time, allSettings(more));
  return { ...world, settings, services: { ...world.services, settings } };
}

/** What a setting is now. */
export function valueOf(world: FakeWorld, key: string): unknown {
  return world.settings.rows().find((row) => row.key === key)?.value;
}
