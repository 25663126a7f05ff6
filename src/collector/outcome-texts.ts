// The lines of the log about the checks of an account: their messages, levels and fields.
import { listCheckName } from '../model/discovery.ts';
import { type Failure, type Reason, reasons } from '../model/failure.ts';
import type { Instance } from '../model/instance.ts';

/** What is wrong with a check. */
export type Topic = Reason | 'unreadable';

/** Fields of a line. */
export type Fields = Readonly<Record<string, unknown>>;

/** How the lines of a topic read, about one check and about many. */
export interface Texts {
  level: 'info' | 'warn';
  one: string;
  many: string;
  oneAgain: string;
  manyAgain: string;
}

/** The texts about one kind of check. */
export interface TopicTexts {
  /** The field with the number of them. */
  counted: 'checks' | 'lists';
  failed: Texts;
  unsupported: Texts;
  unreadable: Texts;
}

const failed: Texts = {
  level: 'warn',
  one: 'check failed',
  many: 'checks of the account fail; this is one of them',
  oneAgain: 'check succeeds again',
  manyAgain: 'checks of the account succeed again',
};

const unreadable: Texts = {
  level: 'warn',
  one: 'fields of the response are not understood',
  many: 'fields of responses are not understood; this is one of them',
  oneAgain: 'fields of the response are understood again',
  manyAgain: 'fields of responses are understood again',
};

/** About the checks of instances. */
export const checkLogTexts: TopicTexts = {
  counted: 'checks',
  failed,
  unsupported: {
    ...failed,
    level: 'info',
    one: 'check is not supported by this database',
    many: 'checks of the account are not supported by the databases; this is one of them',
  },
  unreadable,
};

const listFailed: Texts = {
  level: 'warn',
  one: 'cannot list instances; the last complete list, if there was one, stays in use',
  many: 'cannot list instances in several regions; the last complete lists, where there were any, stay in use; this is one region',
  oneAgain: 'instances are listed again',
  manyAgain: 'instances are listed again in all regions',
};

/** About the lists of instances. */
export const listLogTexts: TopicTexts = { counted: 'lists', failed: listFailed, unsupported: listFailed, unreadable };

/** The texts of a topic. */
export function textsOf(texts: TopicTexts, topic: Topic): Texts {
  if (topic === 'unreadable') return texts.unreadable;
  return topic === 'unsupported' ? texts.unsupported : texts.failed;
}

/** Whether a check with this topic fails. */
export function isFailure(topic: Topic): boolean {
  return topic !== 'unreadable' && topic !== 'unsupported';
}

/** Fields that identify a check, or a list, which has no instance. */
export function fieldsOf({ provider, account, region, id, name }: Instance, check: string): Fields {
  if (check === listCheckName) return { provider, account, cloud_region: region };
  return { provider, account, cloud_region: region, instance_id: id, instance_name: name, check };
}

/** Whether the lines are about the same check of an account. */
export function isSameCheck(a: Fields, b: Fields): boolean {
  return a['instance_id'] === b['instance_id'] && a['cloud_region'] === b['cloud_region'] && a['check'] === b['check'];
}

/** Fields of a failure. @param before the reason for which the check failed until now */
export function fieldsOfFailure({ reason, message }: Failure, before: Reason | undefined): Fields {
  const changed = before !== undefined && before !== reason;
  return { reason, error: message, hint: reasons[reason], ...(changed ? { before } : {}) };
}

/** Fields of a response that is not understood. */
export function fieldsOfUnreadable(names: readonly string[]): Fields {
  const hint = 'compare the field with the page of the API; the facts that it contains are not known';
  return { fields: names.join(), hint };
}
