// Run-time state of an account, which its checks share.
import type { Clock } from './clock.ts';
import type { Instance } from './instance.ts';

/** Dependencies of a session. */
export interface SessionTools extends Pick<Clock, 'now'> {
  randomBytes: (size: number) => Buffer;
}

/** Run-time state of one account that its checks share, such as nonces or the clock offset of the API. */
export interface Session {
  /** The host that the calls for an instance go to: part of the key of the rate limit. */
  host: (instance: Instance) => string;
}
