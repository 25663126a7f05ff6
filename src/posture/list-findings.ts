// Findings about lists of instances: those that fail.
import { reasons } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import type { ListState } from '../model/knowledge.ts';
import { failingMs } from '../model/thresholds.ts';
import { ago } from '../model/wording.ts';
import { fleetRows } from './fleet-rows.ts';

/** With an earlier list, its instances are watched meanwhile. The alert rules have the same times. */
const outdatedMs = 3_600_000;

const { severity, title, alerts } = fleetRows.discovery_failing;
const [neverSucceeded, failing] = alerts;

/** The lists that have failed for an hour, or for 15 minutes where none has been complete since the start. */
export function listFindings(lists: readonly ListState[], nowMs: number): Finding[] {
  return lists.flatMap((list): Finding[] => {
    const { account, last, lastSuccessMs, failingSinceMs } = list;
    if (last?.failure === undefined || failingSinceMs === undefined) return [];
    if (nowMs - failingSinceMs < (lastSuccessMs === undefined ? failingMs : outdatedMs)) return [];
    const { reason } = last.failure;
    const known =
      lastSuccessMs === undefined
        ? 'none of them is known'
        : `those found ${ago(lastSuccessMs, nowMs)} are still watched`;
    return [
      {
        kind: 'discovery_failing',
        aspect: 'checks',
        severity,
        title,
        detail: `${listName(list)}; ${known}; ${reason}: ${reasons[reason]}`,
        advice:
          lastSuccessMs === undefined
            ? 'Only configured instances are watched until this is fixed.'
            : 'New instances are not watched until this is fixed.',
        alert: lastSuccessMs === undefined ? neverSucceeded : failing,
        account,
      },
    ];
  });
}

/** E.g. `account main in region ap-tokyo`. */
function listName({ account, region }: Pick<ListState, 'account' | 'region'>): string {
  return `account ${account}${region === '' ? '' : ` in region ${region}`}`;
}
