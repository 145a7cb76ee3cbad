import { expect, test } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { newSince, parseEarlierReport } from '#lib/report/baseline.ts';
import { renderJson } from '#lib/report/json.ts';
import { readReport } from '#test/support/report.ts';
import { expectations as expectationsOf } from '../expectation/fixtures.ts';
import { accountOf, role } from '../reach/account.ts';

const letsIn = (Principal: object) => ({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
const may = (Action: string | string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
const expectations = expectationsOf(
  'principals:\n  - { match: role/faces, expect: any }\n  - { match: "*", expect: [] }\n',
);

/** A role that may do everything, and so many that can come to that by handing it to a service. */
async function checked(count: number) {
  const ci = letsIn({ Service: 'ec2.amazonaws.com' });
  const pass = may(['iam:PassRole', 'cloudformation:CreateStack']);
  const faces = role('faces', letsIn({ Service: 'cloudformation.amazonaws.com' }), may('rekognition:*'));
  const others = Array.from({ length: count }, (_, index) => role(`deployer-${index}`, ci, pass));
  return await checkAccount(accountOf(faces, ...others), { expectations });
}

test('what many principals can come to is written once, and what one more adds is short', async () => {
  const [some, more] = [await checked(20), await checked(120)];
  const report = readReport(renderJson(more));
  const indirect = report.findings.filter(({ kind }) => kind === 'indirect');
  expect(indirect).toHaveLength(120);
  expect(report.actionLists).toHaveLength(1);
  for (const { actions, leadsTo = -1 } of indirect) {
    const all = report.actionLists[leadsTo] ?? [];
    expect(all).toHaveLength(76);
    // Those that the sentence names come first in the list of all.
    expect(actions.map(({ action }) => action)).toEqual(all.slice(0, actions.length));
  }
  const bytesForOne = (renderJson(more).length - renderJson(some).length) / 100;
  expect(bytesForOne).toBeLessThan(1_000);
}, 30_000);

test('an earlier report knows the findings of which it names some actions only, unless they grew', async () => {
  const report = await checked(3);
  const earlier = parseEarlierReport(renderJson(report), 'report.json');
  expect(newSince(report, earlier).findings).toEqual([]);
  const less = { ...earlier, actionLists: earlier.actionLists?.map((list) => list.slice(0, 70)) };
  expect(newSince(report, less).findings).toHaveLength(3);
}, 30_000);
