import { parsePolicy } from '@permission-check/iam-policy';
import { expect, it } from 'vitest';
import { simulatorStart } from '../../src/iam/positions.ts';
import { QueryParams, queryResponse } from '../../src/wire/query-protocol.ts';

it('reads lists in order, structures in lists, and empty lists', () => {
  const params = QueryParams.parse(
    'Action=X&Version=1&A.member.2=two&A.member.10=ten&A.member.1=one&B.member.1.Key=k&B.member.1.Values.member.1=v&C=',
  );
  expect(params.list('A')).toEqual(['one', 'two', 'ten']);
  expect(params.structs('B').map((item) => [item.get('Key'), item.list('Values')])).toEqual([['k', ['v']]]);
  expect(params.list('C')).toEqual([]);
  expect(params.list('D')).toBeUndefined();
  expect(params.tree()).toEqual({
    A: ['one', 'two', 'ten'],
    B: [{ Key: 'k', Values: ['v'] }],
    C: '',
  });
});

it('escapes what XML cannot carry', () => {
  const { body } = queryResponse(
    'urn:x',
    'Op',
    { Text: `<a> & "b"\r\u0000\ttab`, Empty: [], Map: new Map([['k', 'v']]) },
    'id',
  );
  expect(body).toContain('<Text>&lt;a&gt; &amp; &quot;b&quot;&#13;\ufffd\ttab</Text><Empty/>');
  expect(body).toContain('<Map><entry><key>k</key><value>v</value></entry></Map>');
});

it.each([
  // The one-line policy whose positions were recorded from AWS: from column 38 to 95.
  [
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}',
    0,
    [1, 38],
  ],
  [
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*"}, {"Effect":"Deny","Action":"a:c","Resource":"*"}]}',
    1,
    [1, 87],
  ],
  ['{\n  "Statement": [\n\n    {"Effect":"Allow","Action":"a:b","Resource":"*"}\n  ]\n}', 0, [2, 17]],
  ['{"Statement": {"Effect":"Allow","Action":"a:b","Resource":"*"}}', 0, [1, 16]],
])('starts a statement where the simulator does', (text, index, [line, column]) => {
  const statement = parsePolicy(text).statements[index];
  if (!statement) throw new Error('no such statement');
  expect(simulatorStart(text, statement)).toEqual({ line, column });
});
