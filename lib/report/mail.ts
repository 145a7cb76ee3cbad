import { compareSeverity } from '#lib/catalog/severity.ts';
import { fullList } from './full-list.ts';
import type { Mail, MailAttribute, MailContent, MailContext, MailItem } from './mail-content.ts';
import { SHOWN_SUBJECTS } from './mail-finding.ts';
import { mailAsJson } from './mail-json.ts';
import { mailText } from './mail-text.ts';

/** Bytes for the text and for the JSON form inside of a message; together with everything else below SNS's limit. */
const TEXT_BYTES = 125_000;
const JSON_BYTES = 125_000;

/** What subscriptions can filter by: `{"severity": ["critical", "high"]}`. */
export function attributesOf(
  items: readonly MailItem[],
  { accountId, region }: MailContext,
  purpose: string,
): Record<string, MailAttribute> {
  const open = items.filter(({ state }) => state !== 'resolved');
  const worst = open.map(({ finding }) => finding.severity).sort(compareSeverity)[0] ?? 'none';
  const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();
  const lists = {
    kinds: distinct(items.map(({ finding }) => finding.kind)),
    states: distinct(items.map(({ state }) => state)),
    principalTypes: distinct(
      items.flatMap(({ finding, subjects }) =>
        finding.principalArn === undefined ? [] : subjects.map((subject) => subject.split('/')[0] ?? ''),
      ),
    ),
  };
  return {
    severity: { type: 'String', value: worst },
    purpose: { type: 'String', value: purpose },
    account: { type: 'String', value: accountId },
    region: { type: 'String', value: region },
    findings: { type: 'Number', value: open.length },
    // SNS refuses an empty list.
    ...Object.fromEntries(
      Object.entries(lists)
        .filter(([, value]) => value.length > 0)
        .map(([name, value]): [string, MailAttribute] => [name, { type: 'String.Array', value }]),
    ),
  };
}

/** Writes a message's forms, each cut to its share of what SNS allows, and the full list where something was cut. */
export function writeMail(content: MailContent, context: MailContext): Mail {
  const { subject, items, attributes, shortened = false } = content;
  const text = mailText(content, context, TEXT_BYTES);
  const json = mailAsJson(content, context, JSON_BYTES);
  const namesAll = items.every(({ subjects }) => subjects.length <= SHOWN_SUBJECTS);
  const showsAll = text.all && json.all && namesAll && !shortened;
  return {
    subject,
    text: text.text,
    json: json.text,
    attributes,
    ...(showsAll ? {} : { fullList: fullList(content, context) }),
  };
}
