import { expect, test } from 'vitest';
import { statusOf } from '#lib/check/status.ts';
import { compared, expectReadOnly, full, role } from './fixtures.ts';

test('a principal under expect: any is not judged', () => {
  const principal = role('admin', [full]);
  const expectation = { kind: 'any' as const, label: 'anything', administrator: true };
  const findings = compared({ principal, expectation });
  expect(findings).toEqual([]);
  expect(statusOf(principal, expectation, findings)).toBe('not-judged');
});

test('a service-linked role is not checkable', () => {
  const principal = role('AWSServiceRoleForX', [full], { serviceLinked: true });
  const findings = compared({ principal, expectation: expectReadOnly });
  expect(findings).toEqual([]);
  expect(statusOf(principal, expectReadOnly, findings)).toBe('not-checkable');
});
