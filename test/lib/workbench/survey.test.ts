import { expect, test } from 'vitest';
import { actions } from '#lib/catalog/actions.ts';
import { builtInExpectations } from '#lib/expectation/read.ts';
import { Survey } from '#lib/workbench/survey.ts';
import { accountId, user } from '#test/lib/reach/account.ts';

test('says by one object of all principals that they have no access to an action', () => {
  const survey = new Survey({ baseline: builtInExpectations().baseline });
  const onOwn = (name: string) => ({
    Effect: 'Allow',
    Action: 'rekognition:DeleteFaces',
    Resource: `arn:aws:rekognition:*:${accountId}:collection/${name}`,
  });
  const [one = [], other = [], nobody = []] = [
    user('a', [onOwn('a')]),
    user('b', [onOwn('b')]),
    user('c'),
  ].map((principal) => survey.accessOf(principal, actions));
  for (const [place, { action }] of actions.entries()) {
    const own = action === 'rekognition:DeleteFaces';
    expect(one[place]).toMatchObject({ action, access: own ? 'conditional' : 'none' });
    expect(nobody[place]).toEqual({ action, access: 'none', where: [], by: [] });
    expect(other[place] === one[place]).toBe(!own);
    expect(nobody[place] === one[place]).toBe(!own);
  }
});
