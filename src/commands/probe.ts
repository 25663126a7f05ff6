// `probe`: the TLS probe of one database, for a person.
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { readCaFile } from '../config/ca-file.ts';
import { createConnect } from '../http/connect.ts';
import { createLookup } from '../http/lookup.ts';
import { addressText, type DatabaseProtocol } from '../model/database.ts';
import { Failure } from '../model/failure.ts';
import { probeTls } from '../probe/probe.ts';
import { answerOf } from '../probe/tls-check.ts';
import { buildProbeReport, probeJson } from '../report/probe-report.ts';
import { renderProbe } from '../report/probe-text.ts';
import type { TerminalLook } from '../report/table.ts';

/** Flags of the command. */
export interface ProbeFlags {
  /** A name, or an address without brackets. */
  host: string;
  port: number;
  protocol: DatabaseProtocol;
  /** The name that the certificate must cover. */
  serverName: string;
  /** A PEM file; undefined: the CAs of the system. */
  caFile: string | undefined;
  /** Whether a session without TLS is tried, too. */
  plaintext: boolean;
  timeoutMs: number;
  format: 'text' | 'json';
  /** Days for which a certificate must still be valid. */
  minDays: number;
}

/** What the command needs of the process. */
export interface ProbeTools {
  version: string;
  stdout: (text: string) => Promise<void>;
  stderr: (text: string) => Promise<void>;
  look: TerminalLook;
  /** Interrupts the run: nothing is written. */
  stop: AbortSignal;
}

/** @returns the exit status: that of the report, or 1 when the CA file cannot be used or it was interrupted */
export async function probe(flags: ProbeFlags, tools: ProbeTools): Promise<0 | 1 | 3 | 4> {
  const { caFile } = flags;
  const { version, stdout, stderr, look, stop } = tools;
  try {
    const ca = caFile === undefined ? undefined : await readCaFile({ path: resolve(caFile), name: caFile });
    const startedAt = performance.now();
    const connect = createConnect(createLookup());
    const result = await probeTls(flags, { ...flags, ca: ca?.pem, signal: stop }, { connect });
    const durationMs = performance.now() - startedAt;
    const probed = { address: addressText(flags), serverName: flags.serverName };
    const report = buildProbeReport({ ...flags, ...answerOf(result, probed), nowMs: Date.now(), durationMs, version });
    await stdout(flags.format === 'json' ? probeJson(report) : [...renderProbe(report, look)].join(''));
    return report.exit_status;
  } catch (error) {
    if (stop.aborted) await stderr('interrupted\n');
    else if (error instanceof Failure) await stderr(`${error.message}\n`);
    else throw error;
    return 1;
  }
}
