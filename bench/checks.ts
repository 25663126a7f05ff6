// A promise about the CPU of a check, whatever the number of instances and accounts.
import { atMost, type Finding } from './support/finding.ts';
import { counted } from './support/numbers.ts';
import { type Result, runCourse } from './support/sweeping.ts';

const fleets = [
  { instances: 100, accounts: 1, sweeps: 5 },
  { instances: 1000, accounts: 100, sweeps: 3 },
];

export async function benchChecks(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const fleet of fleets) {
    const { instances, accounts } = fleet;
    const result = await runCourse({ ...fleet, scrapes: 3 });
    findings.push(
      checkPromise(`${counted(instances)} instances, ${accounts} ${accounts === 1 ? 'account' : 'accounts'}`, result),
    );
  }
  return findings;
}

/** The promise about the CPU of a check beside a call with axios alone. */
export function checkPromise(fleet: string, { cpuPerCheckMs, cpuPerCallMs, callsPerCheck }: Result): Finding {
  return atMost(
    `CPU of a check with ${fleet}, at most 1.5 x of a signed call with axios alone`,
    1.5,
    callsPerCheck,
    `${callsPerCheck.toFixed(2)} x (${cpuPerCheckMs.toFixed(3)} ms, ${cpuPerCallMs.toFixed(3)} ms)`,
  );
}
