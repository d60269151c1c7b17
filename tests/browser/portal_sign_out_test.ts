/** Signing out of the users' page at a browser that others use, too: what is left there for the next one. */
import { deepEqual, equal } from "node:assert/strict";
import { users } from "../support/parley.ts";
import { holdsIn, PortalPage } from "./support/portal_page.ts";
import { browserTest, Stage } from "./support/stage.ts";

browserTest("who signs out is signed out in all tabs, and leaves nothing behind in the browser", async () => {
  await using stage = await Stage.open(users("alice", "bob"));
  const alice = await PortalPage.signIn(stage.browser, stage.origin, "alice", { keeps: false });
  const other = await alice.page.context().newPage();
  await other.goto(`${stage.origin}/portal`);
  await other.locator(".connection.online").waitFor({ state: "attached" });

  await alice.begin(["bob"]);
  await alice.page.locator(".composer textarea").fill("half a sentence");
  await holdsIn(alice.page, 'JSON.stringify({ ...localStorage }).includes("half a sentence")');

  await alice.go("#/settings/account");
  await alice.page.getByRole("button", { name: "Sign out" }).click();
  await alice.page.locator("dialog[open]").getByRole("button", { name: "Sign out" }).click();
  for (const page of [alice.page, other]) {
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await page.getByRole("textbox", { name: "Password" }).waitFor();
    equal(new URL(page.url()).hash, "");
  }
  deepEqual(await alice.page.evaluate(() => Object.keys(localStorage)), []);
  const cookies = await alice.page.context().cookies();
  deepEqual(cookies.filter(({ name }) => name.endsWith("parley-user")), []);
});
