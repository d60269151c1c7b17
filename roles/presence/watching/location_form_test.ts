/** Locations in the form that the watcher wants. */
import assert from "node:assert/strict";
import { person, PresenceWorld, tuple } from "../testing/presence_world.ts";

const at = (latitude: number) =>
  '<gp:geopriv xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml">' +
  `<gp:location-info><gml:Point><gml:pos>${latitude} 13.405</gml:pos></gml:Point></gp:location-info>` +
  "<gp:usage-rules/></gp:geopriv>";

Deno.test("who asks for locations on a map gets links, who asks for words gets words, all others what was published", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open", at(52.52)));
  const ask = (event: string) => assert.equal(world.ask({ event }).status, 200);
  ask("presence");
  ask("presence;location=map");
  ask("presence;location=text");
  ask("presence;location=picture");
  const said = (await world.after()).map((
    { text },
  ) => [text.includes(">geo:52.52,13.405<"), text.includes("52.52° N")]);
  assert.deepEqual(said, [[false, false], [true, true], [false, true], [false, false]]);
});

Deno.test("a watcher is told when the place is another one, and of nothing else", async () => {
  const world = new PresenceWorld();
  world.publish("bob", tuple("open", at(52.52)));
  world.ask({ event: "presence;location=map" });
  await world.after(6000);
  world.publish("bob", tuple("open", at(52.52)));
  assert.deepEqual(await world.after(6000), []);
  world.publish("bob", tuple("open", at(48.1)) + person("away"));
  const [{ text }] = await world.after(6000);
  assert.match(text, /geo:48\.1,13\.405/);
});
