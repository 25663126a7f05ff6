// Addresses that the dashboards link to.

/** The fleet dashboard; its address is `/d/` and this. */
export const fleetUid = 'clouddb-encryption-fleet';

/** Base URL of the runbooks; followed by the name of the alert and `.md`. */
export const runbooks =
  'https://github.com/clouddb-encryption-exporter/clouddb-encryption-exporter/blob/main/docs/runbooks/';
