import type { MsrpCallers, SdpParts, StandingCall } from "./msrp_callers.ts";
import { msrpSdp } from "./msrp_callers.ts";
import { type MsrpDoorOptions, MsrpPeer } from "./msrp_peer.ts";

/** Two users with a session through the box; both connect to it. */
export interface MsrpPair {
  readonly call: StandingCall;
  readonly a: MsrpPeer;
  readonly b: MsrpPeer;
  /** Where each sends to: the box's path in the description that it got. */
  readonly toA: string;
  readonly toB: string;
  close(): void;
}

/** How one of the two comes. */
export interface PairSide extends Partial<MsrpDoorOptions>, Partial<Omit<SdpParts, "path">> {}

/** The port in a URI of the box. */
export function portOf(uri: string): number {
  return Number(/:(\d+)\//.exec(uri)![1]);
}

/**
 * Sets up a session and lets both ends connect. A peer's URI has to be known before the box says where to connect, so each
 * connection is made first, to the door of `ports` for its transport.
 */
export async function openPair(
  callers: MsrpCallers,
  ports: { readonly tcp: number; readonly tls?: number; readonly ws?: number },
  [from, to]: readonly [string, string],
  sides: { readonly a?: PairSide; readonly b?: PairSide } = {},
): Promise<MsrpPair> {
  const connect = ({ transport = "tcp", port, localAddress, certificate }: PairSide) =>
    MsrpPeer.open({ transport, port: port ?? ports[transport]!, localAddress, certificate });
  const { a: sideA = {}, b: sideB = {} } = sides;
  const [a, b] = await Promise.all([connect(sideA), connect(sideB)]);
  try {
    const call = await callers.call(
      from,
      to,
      msrpSdp({ ...sideA, path: a.uri }),
      () => msrpSdp({ ...sideB, path: b.uri }),
    );
    const [toB, toA] = [call.inviter.path, call.invitee.path];
    for (const [peer, path] of [[a, toB], [b, toA]] as const) {
      const { status, comment } = await peer.bind(path);
      if (status !== 200) throw new Error(`bound with ${status} ${comment}`);
      peer.forget();
    }
    return {
      call,
      a,
      b,
      toA,
      toB,
      close: () => {
        call.inviter.hangUp();
        a.close();
        b.close();
      },
    };
  } catch (error) {
    a.close();
    b.close();
    throw error;
  }
}
