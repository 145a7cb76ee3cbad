import type { ConditionTest } from '@permission-check/iam-policy';
import type { GuardInput } from './schema.ts';

/** The demand of a guard that is a condition, as short as the file has it: `{ tls: true }`. */
export function demandOf(test: ConditionTest): GuardInput {
  const { operator, ifExists, quantifier, key, values } = test;
  const plain = !ifExists && quantifier === undefined;
  const [value = '', ...more] = values;
  const isTrue = plain && operator === 'Bool' && more.length === 0 && value.toLowerCase() === 'true';
  const known = key.toLowerCase();
  if (isTrue && known === 'aws:multifactorauthpresent') return { mfa: true };
  if (isTrue && known === 'aws:securetransport') return { tls: true };
  const written = more.length === 0 ? value : [...values];
  if (plain && operator === 'IpAddress' && known === 'aws:sourceip') return { 'source-ip': written };
  const name = `${quantifier === undefined ? '' : `${quantifier}:`}${operator}${ifExists ? 'IfExists' : ''}`;
  return { condition: { [name]: { [key]: written } } };
}
