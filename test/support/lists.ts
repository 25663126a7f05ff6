// Made-up states of lists of instances.
import { Failure, type Reason } from '../../src/model/failure.ts';
import type { ListState } from '../../src/model/knowledge.ts';

/** The list of account `main`, read a second ago. @param reason why that failed */
export function listOf(nowMs: number, { reason, ...others }: Partial<ListState> & { reason?: Reason } = {}): ListState {
  const failure = reason && new Failure(reason, 'HTTP status 1');
  return {
    provider: 'p',
    account: 'main',
    region: '',
    last: { failure, endedAtMs: nowMs - 1000, endedAt: 0, durationMs: 1 },
    lastSuccessMs: undefined,
    failingSinceMs: undefined,
    found: undefined,
    ...others,
  };
}
