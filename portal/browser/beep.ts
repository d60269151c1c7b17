/** Two short tones, Hz; seconds each; and how loud, of 1. */
const TONES = [880, 1174.66], LENGTH = 0.09, LOUDNESS = 0.12;

let context: AudioContext | null = null;

/** A short sound, made here: there is no file to load. Silent where the browser lets no page sound that was not touched yet. */
export async function beep(): Promise<void> {
  context ??= new AudioContext();
  if (context.state === "suspended") {
    // It stays pending until the page is touched: the sound would come minutes late.
    const resumed = await Promise.race([
      context.resume().then(() => true),
      new Promise((late) => setTimeout(late, 300)),
    ]);
    if (resumed !== true) return;
  }
  const { currentTime } = context;
  TONES.forEach((hertz, at) => {
    const tone = new OscillatorNode(context!, { type: "sine", frequency: hertz });
    const volume = new GainNode(context!, { gain: 0 });
    const from = currentTime + at * LENGTH;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(LOUDNESS, from + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.001, from + LENGTH);
    tone.connect(volume).connect(context!.destination);
    tone.start(from);
    tone.stop(from + LENGTH);
  });
}
