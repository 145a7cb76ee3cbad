import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountFromFile } from '#lib/account/from-file.ts';
import { checkAccount } from '#lib/check/account.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { newSince, parseEarlierReport } from '#lib/report/baseline.ts';
import { reportAsJson } from '#lib/report/json.ts';
import { folded, renderJson, unfolded } from '#lib/report/report-file.ts';
import { readReport } from '#test/support/report.ts';
import { hasRealInput, writeSyntheticAccount } from '../../../bench/synthetic-account.ts';
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

test.skipIf(!hasRealInput())(
  'the report of 5,000 principals is below 2 MB',
  async () => {
    const file = join(tmpdir(), `account-${process.pid}.json`);
    await writeSyntheticAccount(file, 5_000);
    try {
      const account = await accountFromFile(file);
      const report = await checkAccount(account, { expectations: builtInExpectations() });
      expect(report.findings.length).toBeGreaterThan(1_000);
      const text = renderJson(report);
      expect(Buffer.byteLength(text)).toBeLessThan(5_000 * 400);
      expect(unfolded(JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(reportAsJson(report))));
    } finally {
      await rm(file);
    }
  },
  120_000,
);

test('what is folded comes back as it was, and what never was folded stays', async () => {
  const json = JSON.parse(JSON.stringify(reportAsJson(await checked(3))));
  expect(unfolded(folded(json))).toEqual(json);
  expect(unfolded(json)).toEqual(json);
  // Whoever is no principal of the report keeps his ARN.
  const [, ...others] = json.principals;
  expect(unfolded(JSON.parse(JSON.stringify(folded({ ...json, principals: others }))))).toEqual({
    ...json,
    principals: others,
  });
}, 30_000);

test('any JSON at all is unfolded to something', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => void unfolded({ findings: [], ...Object(value) })));
  const places = fc.record({ details: fc.integer(), principal: fc.integer(), actions: fc.constant([{}]) });
  fc.assert(fc.property(fc.array(places), (findings) => void unfolded({ findings, details: [], shown: [] })));
});
