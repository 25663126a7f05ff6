// Logs how the checks of an account go: one line for one cause, when it starts and when it is over, not for each check.
import type { Clock } from '../model/clock.ts';
import type { Failure } from '../model/failure.ts';
import type { Instance } from '../model/instance.ts';
import type { Log } from '../model/log.ts';
import {
  type Cause,
  clear,
  cover,
  createCause,
  enter,
  hasReports,
  isStartDue,
  lasts,
  leave,
  maxExamples,
  noteReport,
} from './outcome-cause.ts';
import {
  type Fields,
  fieldsOf,
  fieldsOfFailure,
  fieldsOfUnreadable,
  isFailure,
  type Topic,
  type TopicTexts,
  textsOf,
} from './outcome-texts.ts';

/** A sweep can take minutes: what has started is logged at the latest after this. */
const maxDelayMs = 10_000;

/** Receives the outcomes of an account. */
export interface OutcomeLog {
  /** A check has finished. @param before its failure in the last attempt */
  finished: (instance: Instance, check: string, before: Failure | undefined, after: Failure | undefined) => void;
  /** The fields of a response that are not understood have changed, or not. */
  unreadable: (instance: Instance, check: string, before?: readonly string[], after?: readonly string[]) => void;
  /** A check was removed. @param last its failure in the last attempt @param unreadable fields not understood */
  removed: (instance: Instance, check: string, last: Failure | undefined, unreadable?: readonly string[]) => void;
  sweepFinished: () => void;
  close: () => void;
}

interface State {
  log: Log;
  labels: Fields;
  clock: Pick<Clock, 'monotonic' | 'later'>;
  texts: TopicTexts;
  causes: Map<Topic, Cause>;
  /** Whether the last line says that checks fail. */
  alarmed: boolean;
  /** Monotonic milliseconds since when checks fail although it does not. */
  unsaidSince: number | undefined;
}

/** @param labels those of the account @param isSweeping whether a call of `sweepFinished` is due */
export function createOutcomeLog(
  log: Log,
  labels: Fields,
  clock: State['clock'],
  { texts, isSweeping }: { texts: TopicTexts; isSweeping: () => boolean },
): OutcomeLog {
  const state: State = { log, labels, clock, texts, causes: new Map(), alarmed: false, unsaidSince: undefined };
  let cancelTimer: (() => void) | undefined;
  const startTimer = () => {
    cancelTimer ??= clock.later(maxDelayMs, () => {
      cancelTimer = undefined;
      if (isSweeping()) reportStarts(state, false);
      else report(state);
    });
  };
  const stopTimer = () => {
    cancelTimer?.();
    cancelTimer = undefined;
  };
  return {
    finished(instance, check, before, after) {
      if (before === undefined && after === undefined) return;
      const one = fieldsOf(instance, check);
      const isNew = before?.reason !== after?.reason;
      if (before !== undefined && isNew) {
        leave(causeOf(state, before.reason), one, after === undefined ? { reason: before.reason } : undefined);
      }
      if (after === undefined) {
        if (before !== undefined) log.debug(textsOf(state.texts, before.reason).oneAgain, one);
      } else {
        const fields = { ...one, ...fieldsOfFailure(after, before?.reason) };
        log.debug(textsOf(state.texts, after.reason).one, fields);
        enter(causeOf(state, after.reason), fields, isNew);
      }
      startTimer();
    },
    unreadable(instance, check, before = [], after = []) {
      if (before.join() === after.join()) return;
      const one = fieldsOf(instance, check);
      const cause = causeOf(state, 'unreadable');
      if (before.length > 0) leave(cause, one, after.length === 0 ? { fields: before.join() } : undefined);
      if (after.length > 0) enter(cause, { ...one, ...fieldsOfUnreadable(after) }, true);
      startTimer();
    },
    removed(instance, check, last, unreadable = []) {
      const one = fieldsOf(instance, check);
      if (last !== undefined) leave(causeOf(state, last.reason), one, undefined);
      if (unreadable.length > 0) leave(causeOf(state, 'unreadable'), one, undefined);
    },
    sweepFinished() {
      stopTimer();
      report(state);
    },
    close: stopTimer,
  };
}

function report(state: State): void {
  reportEnds(state);
  reportStarts(state, true);
  reportCalm(state);
}

function causeOf({ causes }: State, topic: Topic): Cause {
  const cause = causes.get(topic) ?? createCause();
  causes.set(topic, cause);
  return cause;
}

/** Checks of the account that fail. */
function failingChecks({ causes }: State): number {
  let failing = 0;
  for (const [topic, { checks }] of causes) if (isFailure(topic)) failing += checks;
  return failing;
}

/** Those over the limit have no line, unless all checks are well. */
function reportEnds(state: State): void {
  const { log, labels, clock, causes } = state;
  const now = clock.monotonic();
  const failing = failingChecks(state);
  for (const [topic, { ended }] of causes) {
    const { checks, examples } = ended;
    if (checks > 0 && topic !== 'credentials' && hasReports(ended, now)) {
      const { oneAgain, manyAgain } = textsOf(state.texts, topic);
      const hasOthers = topic !== 'unreadable' && failing > 0;
      const suffix = hasOthers ? '; others of the account fail' : '';
      const others = hasOthers ? { failing } : {};
      const { reason } = examples[0] ?? {};
      if (checks > maxExamples)
        log.info(manyAgain + suffix, { ...labels, [state.texts.counted]: checks, reason, ...others });
      else for (const one of examples) log.info(oneAgain + suffix, { ...one, ...others });
      noteReport(ended, now);
      if (isFailure(topic)) state.alarmed = failing > 0;
    }
    clear(ended);
  }
}

/** @param sweepFinished otherwise the sweep goes on */
function reportStarts(state: State, sweepFinished: boolean): void {
  const now = state.clock.monotonic();
  const isUnsaid = !state.alarmed && failingChecks(state) > 0;
  state.unsaidSince = isUnsaid ? (state.unsaidSince ?? now) : undefined;
  const isOverdue = lasts(state.unsaidSince, now);
  for (const [topic, cause] of state.causes) {
    if (topic === 'credentials' || !isStartDue(cause, { now, isOverdue, sweepFinished })) continue;
    cause.summarized = writeStart(state, topic, cause) && !sweepFinished;
    noteReport(cause.started, now);
    cover(cause);
    if (isFailure(topic)) state.alarmed = true;
  }
}

/** @returns whether one line is about many checks */
function writeStart({ log, labels, texts }: State, topic: Topic, { started, checks, latest }: Cause): boolean {
  const { level, one, many } = textsOf(texts, topic);
  const isMany = started.checks > started.examples.length;
  if (isMany) log[level](many, { ...labels, [texts.counted]: checks, ...latest });
  else for (const example of started.examples) log[level](one, example);
  return isMany;
}

/** The failing checks were removed, or their success was over the limit. */
function reportCalm(state: State): void {
  if (!state.alarmed || failingChecks(state) > 0) return;
  state.alarmed = false;
  state.log.info('no check of the account fails any more', state.labels);
}
