import { expect, it } from 'vitest';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { principal } from '../expectation/fixtures.ts';

const allows = (Action: string, Condition?: unknown) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action, Resource: '*', ...(Condition !== undefined && { Condition }) },
  });

/** What a check of one role says of what it proved. */
async function provedOf(text: string, expectations: unknown) {
  const { expectations: read, diagnostics } = parseExpectations(JSON.stringify(expectations), 'e.yaml');
  expect(diagnostics).toEqual([]);
  const account = {
    accountId: '123456789012',
    partition: 'aws',
    async *principals() {
      yield principal({ policies: [{ name: 'own', type: 'inline', text }] });
    },
  };
  const { principals } = await checkAccount(account, { expectations: read });
  const [{ status, proved, unsettled } = {}] = principals;
  return { status, proved, unsettled };
}

const statement = { Effect: 'Allow', Action: 'rekognition:DetectFaces', Resource: '*' };
const faces = { sets: { faces: [statement] }, default: ['faces'] };

it('proves what is as expected', async () => {
  expect(await provedOf(allows('rekognition:DetectFaces'), faces)).toEqual({
    status: 'as-expected',
    proved: true,
    unsettled: undefined,
  });
});

it('says nothing of a proof where there are findings', async () => {
  const found = await provedOf(allows('rekognition:DetectLabels'), faces);
  expect(found).toEqual({ status: 'findings', proved: undefined, unsettled: undefined });
});

it('says what was not settled', async () => {
  const unreadable = allows('rekognition:*').replace('Allow', 'Maybe');
  const nothing = await provedOf(unreadable, { default: [] });
  expect(nothing).toMatchObject({ status: 'inconclusive', proved: undefined });
  expect(nothing.unsettled).toMatch(/Maybe/);
});

it('takes what is suppressed for no proof', async () => {
  const suppressed = await provedOf(allows('rekognition:DetectLabels'), {
    default: [],
    suppress: [
      {
        principal: 'role/analyst',
        actions: ['rekognition:DetectLabels'],
        reason: 'on trial',
        owner: 'vision',
        until: '2999-12-31',
      },
    ],
  });
  expect(suppressed).toMatchObject({ status: 'as-expected', proved: undefined });
  expect(suppressed.unsettled).toMatch(/^suppressed: /);
});
