// A promise about reading the configuration again: the event loop is not blocked, whatever has changed in it.
import { appendFileSync } from 'node:fs';
import { blockedAtMost, type Finding } from './support/finding.ts';
import { writeFleet } from './support/fleet.ts';
import { instances, largeFleet } from './support/large-fleet.ts';
import { counted } from './support/numbers.ts';
import { request } from './support/requests.ts';

/** Makes each changed configuration different from those before. */
let edition = 0;

export async function benchConfig(): Promise<Finding[]> {
  const { exporter, api, config } = await largeFleet();
  const labelsOf = () => ({ edition: String(edition) });

  const reload = (status: number) =>
    exporter.longestBlockOf(() => request(`${exporter.url}/-/reload`, { method: 'POST' }, status));

  edition++;
  writeFleet(config, api, { instances, labelsOf });
  const labelsChanged = await reload(200);
  writeFleet(config, api, { instances: instances + 100, labelsOf });
  const instancesAdded = await reload(200);
  appendFileSync(config, '  - account: no-such-account\n');
  const invalid = await reload(500);
  writeFleet(config, api, { instances });
  const restored = await reload(200);

  const blocks = [labelsChanged, instancesAdded, invalid, restored];
  return [
    blockedAtMost(
      `a changed configuration of ${counted(instances)} instances is read and validated, event loop never blocked over 100 ms`,
      100,
      blocks,
      'labels changed, instances added, invalid, as before',
    ),
  ];
}
