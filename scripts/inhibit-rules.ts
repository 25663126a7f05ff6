// The inhibit rules of Alertmanager's configuration, as the Prometheus Operator reads them.
import { parse } from 'yaml';

/** `name`, `matchType` and `value` of a matcher, as in the type AlertmanagerConfig (monitoring.coreos.com/v1alpha1). */
interface Matcher {
  name: string;
  matchType: string;
  value: string;
}

/** One rule of `inhibitRules` in an AlertmanagerConfig. */
export interface OperatorInhibitRule {
  sourceMatch: Matcher[];
  targetMatch: Matcher[];
  equal: string[];
}

/** @param alertmanager the file alertmanager.yml @throws an Error for a matcher that is not `name = "value"` */
export function operatorInhibitRules(alertmanager: string): OperatorInhibitRule[] {
  const { inhibit_rules } = parse(alertmanager) as {
    inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal: string[] }[];
  };
  return inhibit_rules.map(({ source_matchers, target_matchers, equal }) => ({
    sourceMatch: source_matchers.map(parseMatcher),
    targetMatch: target_matchers.map(parseMatcher),
    equal,
  }));
}

function parseMatcher(text: string): Matcher {
  const [, name, matchType, value] = /^(\w+) (=~|!~|!=|=) "([^"\\]*)"$/.exec(text) ?? [];
  if (name === undefined || matchType === undefined || value === undefined) throw new Error(`no matcher: ${text}`);
  return { name, matchType, value };
}
