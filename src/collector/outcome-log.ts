// Logs how the checks of an account go: one line for one cause, when it starts and when it is over, not for each check.
import type { Clock } from '../model/clock.ts';
import { type Failure, type Reason, reasons } from '../model/failure.ts';
import type { Instance } from '../model/instance.ts';
import type { Log } from '../model/log.ts';

/** Reasons that concern the account or its API rather than one instance. `credentials` has its own lines. */
const ofAccount: ReadonlySet<Reason> = new Set<Reason>([
  'auth',
  'permission',
  'rate_limited',
  'network',
  'timeout',
  'unavailable',
]);

/** Lines about single checks for each reason and sweep; the others are counted in one line. */
const maxLines = 20;
/** A sweep can take minutes, or hang: what has happened is logged at the latest after this. */
const maxDelayMs = 10_000;
/** An account that fails and recovers again and again has this many warnings for each reason in half an hour. */
const maxWarnings = 3;
const warningPeriodMs = 1_800_000;

/** Receives the outcomes of an account. */
export interface OutcomeLog {
  /** A check has finished. @param before its failure in the last attempt */
  finished: (instance: Instance, check: string, before: Failure | undefined, after: Failure | undefined) => void;
  /** The fields of a response that are not understood have changed, or not. */
  unreadable: (instance: Instance, check: string, before?: readonly string[], after?: readonly string[]) => void;
  /** A check was removed. @param last its failure in the last attempt */
  removed: (last: Failure | undefined) => void;
  sweepFinished: () => void;
  close: () => void;
}

interface ReasonState {
  /** Checks whose last attempt failed for this reason. */
  failing: number;
  /** Fields of the line for the last of them. */
  example: Record<string, unknown>;
  warned: boolean;
  /** Monotonic milliseconds of the last warnings. */
  warnedAt: readonly number[];
}

/** Lines about single checks in this sweep. */
interface Lines {
  written: number;
  /** Not written. */
  more: number;
  /** Writes the line about those. */
  summarize: (more: number) => void;
}

interface State {
  log: Log;
  labels: Readonly<Record<string, unknown>>;
  clock: Pick<Clock, 'monotonic' | 'later'>;
  reasons: Map<Reason, ReasonState>;
  /** By reason, or what else they are about. */
  lines: Map<string, Lines>;
  cancelTimer: (() => void) | undefined;
}

/** @param labels those of the account */
export function createOutcomeLog(log: Log, labels: State['labels'], clock: State['clock']): OutcomeLog {
  const state: State = { log, labels, clock, reasons: new Map(), lines: new Map(), cancelTimer: undefined };
  const startTimer = () => {
    state.cancelTimer ??= clock.later(maxDelayMs, () => {
      state.cancelTimer = undefined;
      logChanges(state);
    });
  };
  const stopTimer = () => {
    state.cancelTimer?.();
    state.cancelTimer = undefined;
  };
  return {
    finished(instance, check, before, after) {
      count(state, before, -1);
      count(state, after, 1);
      if (after !== undefined) logFailure(state, { instance, check }, before, after);
      else if (before !== undefined) logRecovery(state, { instance, check }, before);
      else return;
      startTimer();
    },
    unreadable(instance, check, before = [], after = []) {
      if (before.join() === after.join()) return;
      logUnreadable(state, { instance, check }, before, after);
      startTimer();
    },
    removed: (last) => count(state, last, -1),
    sweepFinished() {
      stopTimer();
      logChanges(state);
      state.lines.clear();
    },
    close: stopTimer,
  };
}

function count({ reasons: states }: State, failure: Failure | undefined, change: number): void {
  if (failure === undefined || !ofAccount.has(failure.reason)) return;
  const known = states.get(failure.reason) ?? { failing: 0, example: {}, warned: false, warnedAt: [] };
  known.failing += change;
  states.set(failure.reason, known);
}

function logFailure(
  state: State,
  { instance, check }: { instance: Instance; check: string },
  before: Failure | undefined,
  after: Failure,
): void {
  const { log, reasons: states } = state;
  const { reason, message: error } = after;
  const fields = { ...fieldsOf(instance), check, reason, error, hint: reasons[reason] };
  const ofReason = states.get(reason);
  if (ofReason !== undefined) ofReason.example = fields;
  const unsupported = reason === 'unsupported';
  const message = unsupported ? 'check is not supported by this database' : 'check failed';
  if (ofReason !== undefined || reason === 'credentials' || before?.reason === reason) {
    log.debug(message, fields);
    return;
  }
  write(
    state,
    reason,
    () => (unsupported ? log.info : log.warn)(message, fields),
    (checks) => log.warn('more checks failed', { ...state.labels, checks, reason, hint: reasons[reason] }),
  );
}

function logRecovery(
  state: State,
  { instance, check }: { instance: Instance; check: string },
  { reason }: Failure,
): void {
  const { log, labels } = state;
  const message = 'check succeeds again';
  const fields = { ...fieldsOf(instance), check };
  if (ofAccount.has(reason) || reason === 'credentials') log.debug(message, fields);
  else {
    const summarize = (checks: number) => log.info('more checks succeed again', { ...labels, checks });
    write(state, message, () => log.info(message, fields), summarize);
  }
}

function logUnreadable(
  state: State,
  { instance, check }: { instance: Instance; check: string },
  before: readonly string[],
  after: readonly string[],
): void {
  const { log, labels } = state;
  const fields = { ...fieldsOf(instance), check };
  const again = 'fields of the response are understood again';
  const message = 'fields of the response are not understood';
  const hint = 'compare the field with the page of the API; the facts that it contains are not known';
  if (after.length === 0) {
    const summarize = (checks: number) =>
      log.info('fields of more responses are understood again', { ...labels, checks });
    write(state, again, () => log.info(again, { ...fields, fields: before.join() }), summarize);
  } else {
    const summarize = (checks: number) =>
      log.warn('fields of more responses are not understood', { ...labels, checks });
    write(state, message, () => log.warn(message, { ...fields, fields: after.join(), hint }), summarize);
  }
}

/** Writes the line, or counts it. */
function write({ lines: all }: State, about: string, line: () => void, summarize: Lines['summarize']): void {
  const lines = all.get(about) ?? { written: 0, more: 0, summarize };
  all.set(about, lines);
  if (lines.written < maxLines) {
    lines.written++;
    line();
  } else lines.more++;
}

function logChanges({ log, labels, clock, reasons: states, lines: all }: State): void {
  const now = clock.monotonic();
  for (const [reason, state] of states) {
    const { failing, example, warned } = state;
    if (failing === 0 && warned) log.info('checks of the account succeed again', { ...labels, reason });
    if (failing === 0) state.warned = false;
    if (failing === 0 || warned) continue;
    const recent = state.warnedAt.filter((at) => now - at < warningPeriodMs);
    if (recent.length === maxWarnings) continue;
    state.warned = true;
    state.warnedAt = [...recent, now];
    log.warn('checks of the account fail; this is one of them', { ...labels, checks: failing, ...example });
  }
  for (const lines of all.values()) {
    if (lines.more > 0) lines.summarize(lines.more);
    lines.more = 0;
  }
}

function fieldsOf({ provider, account, region, id, name }: Instance): Record<string, unknown> {
  return { provider, account, cloud_region: region, instance_id: id, instance_name: name };
}
