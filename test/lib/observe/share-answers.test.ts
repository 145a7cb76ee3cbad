import type { Request } from '@permission-check/iam-policy';
import { describe, expect, test } from 'vitest';
import { shareAnswers } from '#lib/observe/share-answers.ts';
import type { Evidence } from '#lib/observe/types.ts';

const requests: Request[] = [{ action: 'rekognition:DetectFaces', resource: '*', context: {} }];
const allowed: Evidence = { kind: 'simulated', decision: 'allowed' };

function sharing(answers: (Evidence | Error)[]) {
  const asked: string[] = [];
  const simulate = shareAnswers(async (arn) => {
    asked.push(arn);
    const answer = answers.shift() ?? allowed;
    if (answer instanceof Error) throw answer;
    return [answer];
  });
  return { asked, simulate };
}

describe('shareAnswers', () => {
  test('asks once for principals with the same plan, also side by side', async () => {
    const { asked, simulate } = sharing([]);
    const answers = await Promise.all(['a', 'b'].map((arn) => simulate(arn, requests, [])));
    expect(answers).toEqual([[allowed], [allowed]]);
    await simulate('c', requests, []);
    expect(asked).toEqual(['a']);
    await simulate('d', [...requests], []);
    expect(asked).toEqual(['a', 'd']);
  });

  test('shares nothing in an organization', async () => {
    const { asked, simulate } = sharing([{ ...allowed, allowedByOrganizations: true }]);
    await simulate('a', requests, []);
    expect(await simulate('b', requests, [])).toEqual([allowed]);
    expect(asked).toEqual(['a', 'b']);
  });

  test('shares what the simulator judges for nobody', async () => {
    const beyond = [
      {
        action: 'rekognition:CreateCollection',
        resource: 'arn:aws:rekognition:us-east-1:123456789012:collection/a',
        context: {},
      },
    ];
    let calls = 0;
    const simulate = shareAnswers(async () => {
      calls += 1;
      return [{ kind: 'simulated', decision: 'inconclusive', reason: 'not judged' }];
    });
    for (const name of ['a', 'b', 'c']) await simulate(`arn:aws:iam::123456789012:role/${name}`, beyond, []);
    expect(calls).toBe(1);
  });

  test('asks again where an answer was not complete, or failed', async () => {
    const failing = sharing([{ kind: 'simulated', decision: 'inconclusive', reason: 'x' }]);
    await failing.simulate('a', requests, []);
    expect(await failing.simulate('b', requests, [])).toEqual([allowed]);
    const gone = sharing([new Error('gone')]);
    await expect(gone.simulate('a', requests, [])).rejects.toThrow('gone');
    expect(await gone.simulate('b', requests, [])).toEqual([allowed]);
  });
});
