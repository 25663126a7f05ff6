// Addresses that the dashboards link to.
import { runbookBase } from '../../src/posture/runbook.ts';

/** The fleet dashboard; its address is `/d/` and this. */
export const fleetUid = 'clouddb-encryption-fleet';

/** Base URL of the runbooks; followed by the name of the alert and `.md`. */
export const runbooks = `${runbookBase}/`;
